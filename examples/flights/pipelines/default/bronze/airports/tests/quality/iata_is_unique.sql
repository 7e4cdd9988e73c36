-- @description: A code that names two airports would multiply the flights joined to it.
SELECT iata, count(*) AS airports
FROM {{ this }}
GROUP BY iata
HAVING count(*) > 1
