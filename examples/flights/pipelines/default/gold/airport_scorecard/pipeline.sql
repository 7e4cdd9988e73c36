-- @description: A grade for each airport of departure. Its quality test fails on purpose.
SELECT
  origin AS airport,
  round(avg((delay_minutes > 15)::INTEGER), 4) AS late_share,
  CASE
    WHEN late_share <= 0.10 THEN 'A'
    WHEN late_share <= 0.15 THEN 'B'
    WHEN late_share <= 0.20 THEN 'C'
    ELSE 'F'
  END AS grade
FROM {{ ref('silver.flights') }}
GROUP BY origin
HAVING count(*) >= 100
ORDER BY airport
