/**
 * The SQL by which DuckDB reads and describes tables, without DuckDB itself.
 *
 * Promises: pure functions from a table's metadata to text, and from DuckDB's reports to metadata.
 * No native code is loaded, so every process may import it.
 * Refuses to know: sessions, statements of authors, merge strategies.
 * Fails: with the errors of the table format.
 *
 * @example
 * const sql = tableScanSql({ schema, files, deletes });
 * const type = duckdbType(schema.fields[0].type); // BIGINT
 * const clause = fieldIdsClause(schema);
 */
export { duckdbType } from './column-types.ts';
export {
  CHANGES,
  countChangesSql,
  diffColumns,
  diffViewSql,
  repeatedKeysSql,
  sampleChangesSql,
  type ComparedColumn,
  type RowChange,
} from './diff-sql.ts';
export {
  profiledColumns,
  profileSql,
  profileViewSql,
  readProfile,
  type ColumnFacts,
  type ProfiledColumn,
} from './profile-sql.ts';
export { tableScanSql } from './table-scan-sql.ts';
