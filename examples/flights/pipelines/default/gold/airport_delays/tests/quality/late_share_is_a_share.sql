-- @description: A share lies between 0 and 1.
SELECT airport, late_share
FROM {{ this }}
WHERE late_share IS NULL OR late_share NOT BETWEEN 0 AND 1
