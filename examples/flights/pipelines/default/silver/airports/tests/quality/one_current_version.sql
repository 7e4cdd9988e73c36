-- @description: An airport has at most one current version, and that version has no end.
SELECT iata, count(*) AS versions
FROM {{ this }}
WHERE is_current
GROUP BY iata
HAVING count(*) > 1 OR count(valid_to) > 0
