-- @description: Flights as delivered, one row each.
SELECT * FROM read_parquet({{ landing_zone('flights') }})
