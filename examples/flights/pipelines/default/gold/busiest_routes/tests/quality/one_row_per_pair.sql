-- @description: Direction does not matter, so a pair and its reverse are one row.
SELECT airport_a, airport_b
FROM {{ this }}
GROUP BY airport_a, airport_b
HAVING count(*) > 1 OR airport_a >= airport_b
