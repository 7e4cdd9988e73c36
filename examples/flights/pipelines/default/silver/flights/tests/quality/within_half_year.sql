-- @description: The delivery covers January to June 2001; a few flights on the first of July are known.
-- @severity: warn
SELECT flight_at, origin, destination
FROM {{ this }}
WHERE flight_at < TIMESTAMP '2001-01-01' OR flight_at >= TIMESTAMP '2001-07-01'
