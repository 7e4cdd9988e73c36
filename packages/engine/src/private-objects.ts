/**
 * Counts the temporary objects that only one connection sees. Excludes the platform's, which begin
 * with `__rat_`, and DuckDB's own views, functions and types, which it marks as internal.
 */
export const PRIVATE_OBJECTS = `SELECT count(*) FROM (
  SELECT 1 FROM duckdb_tables() WHERE temporary AND NOT starts_with(table_name, '__rat_')
  UNION ALL SELECT 1 FROM duckdb_views() WHERE temporary AND NOT internal
  UNION ALL SELECT 1 FROM duckdb_functions() WHERE database_name = 'temp' AND NOT internal
  UNION ALL SELECT 1 FROM duckdb_types() WHERE database_name = 'temp' AND NOT internal
  UNION ALL SELECT 1 FROM duckdb_sequences() WHERE temporary)`;
