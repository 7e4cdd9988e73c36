/**
 * Counts what only the connection sees that it is asked on: its temporary objects. Those that begin with `__rat_` are
 * our own; the views, functions and types that DuckDB has from the start count as internal.
 */
export const PRIVATE_OBJECTS = `SELECT count(*) FROM (
  SELECT 1 FROM duckdb_tables() WHERE temporary AND NOT starts_with(table_name, '__rat_')
  UNION ALL SELECT 1 FROM duckdb_views() WHERE temporary AND NOT internal
  UNION ALL SELECT 1 FROM duckdb_functions() WHERE database_name = 'temp' AND NOT internal
  UNION ALL SELECT 1 FROM duckdb_types() WHERE database_name = 'temp' AND NOT internal
  UNION ALL SELECT 1 FROM duckdb_sequences() WHERE temporary)`;
