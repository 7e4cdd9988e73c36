-- @description: Pairs of airports by number of flights, both directions together.
SELECT
  row_number() OVER (ORDER BY count(*) DESC, airport_a, airport_b) AS rank,
  least(origin, destination) AS airport_a,
  greatest(origin, destination) AS airport_b,
  count(*) AS flights,
  median(distance_miles)::INTEGER AS distance_miles,
  round(avg(delay_minutes), 1) AS average_delay_minutes
FROM {{ ref('silver.flights') }}
GROUP BY airport_a, airport_b
ORDER BY rank
