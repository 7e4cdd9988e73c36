-- @description: Punctuality by airport of departure.
SELECT
  origin AS airport,
  any_value(origin_city) AS city,
  any_value(origin_state) AS state,
  count(*) AS flights,
  round(avg(delay_minutes), 1) AS average_delay_minutes,
  quantile_cont(delay_minutes, 0.95) AS p95_delay_minutes,
  round(avg((delay_minutes > 15)::INTEGER), 4) AS late_share
FROM {{ ref('silver.flights') }}
GROUP BY origin
HAVING count(*) >= 100
ORDER BY late_share DESC, airport
