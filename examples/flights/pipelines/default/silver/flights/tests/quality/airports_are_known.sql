-- @description: Every flight starts and ends at an airport in bronze.airports.
SELECT origin, destination, count(*) AS flights
FROM {{ this }}
WHERE NOT has_known_airports
GROUP BY origin, destination
