-- @description: Airports as delivered, one row each.
SELECT *
FROM read_csv(
  {{ landing_zone('airports') }},
  header = true,
  columns = {
    'iata': 'VARCHAR',
    'name': 'VARCHAR',
    'city': 'VARCHAR',
    'state': 'VARCHAR',
    'country': 'VARCHAR',
    'latitude': 'DOUBLE',
    'longitude': 'DOUBLE'
  }
)
