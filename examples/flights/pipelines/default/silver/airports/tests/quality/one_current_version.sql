-- @description: An airport has at most one version that is valid now, and that one has not ended.
SELECT iata, count(*) AS versions
FROM {{ this }}
WHERE is_current
GROUP BY iata
HAVING count(*) > 1 OR count(valid_to) > 0
