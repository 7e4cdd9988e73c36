-- @description: Flights and delays of each day.
-- @merge_strategy: incremental
-- @unique_key: day
-- @watermark_column: day
SELECT
  flight_at::DATE AS day,
  count(*) AS flights,
  round(avg(delay_minutes), 1) AS average_delay_minutes,
  count(*) FILTER (delay_minutes > 15) AS late_flights
FROM {{ ref('silver.flights') }}
{% if is_incremental() %}
-- The last day may have been incomplete, so it is counted again.
WHERE flight_at >= {{ watermark_value }}
{% endif %}
GROUP BY day
ORDER BY day
