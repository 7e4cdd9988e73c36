WITH delivered AS (
  SELECT DISTINCT date, origin, destination, delay, distance
  FROM {{ ref('bronze.flights') }}
)
SELECT
  delivered.date AS flight_at,
  delivered.origin,
  nullif(departure.city, 'NA') AS origin_city,
  nullif(departure.state, 'NA') AS origin_state,
  delivered.destination,
  nullif(arrival.city, 'NA') AS destination_city,
  nullif(arrival.state, 'NA') AS destination_state,
  delivered.delay::SMALLINT AS delay_minutes,
  delivered.distance::SMALLINT AS distance_miles,
  departure.iata IS NOT NULL AND arrival.iata IS NOT NULL AS has_known_airports
FROM delivered
LEFT JOIN {{ ref('bronze.airports') }} AS departure ON departure.iata = delivered.origin
LEFT JOIN {{ ref('bronze.airports') }} AS arrival ON arrival.iata = delivered.destination
WHERE delivered.delay BETWEEN -120 AND 1440
