-- @description: An empty delivery must not replace a good table.
SELECT 'no flights were delivered' AS problem
WHERE NOT EXISTS (SELECT 1 FROM {{ this }})
