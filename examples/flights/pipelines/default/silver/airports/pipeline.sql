-- @description: Airports with their history: one version for each change, with the current one marked.
-- @merge_strategy: scd2
-- @unique_key: iata
-- @on_missing: close
SELECT
  iata,
  name,
  nullif(city, 'NA') AS city,
  nullif(state, 'NA') AS state,
  country,
  latitude,
  longitude
FROM {{ ref('bronze.airports') }}
