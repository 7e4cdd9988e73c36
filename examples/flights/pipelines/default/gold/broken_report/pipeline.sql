-- @description: Fails on purpose, to show what a failed run looks like.
SELECT
  origin_city,
  destinaton_city,
  count(*) AS flights
FROM {{ ref('silver.flights') }}
GROUP BY ALL
