-- @description: The key of the merge is one: a day has one row.
SELECT day
FROM {{ this }}
GROUP BY day
HAVING count(*) > 1
