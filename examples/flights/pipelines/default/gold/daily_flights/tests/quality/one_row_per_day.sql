-- @description: Each day, the key of the merge, has one row.
SELECT day
FROM {{ this }}
GROUP BY day
HAVING count(*) > 1
