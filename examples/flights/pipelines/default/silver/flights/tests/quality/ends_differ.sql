-- @description: A flight has two different airports and a distance between them.
SELECT flight_at, origin, destination, distance_miles
FROM {{ this }}
WHERE origin = destination OR distance_miles <= 0
