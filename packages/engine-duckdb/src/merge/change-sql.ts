import { quoteIdentifier } from '../../../domain/src/sql-text.ts';

/** The table of the batch's rows, with the table's columns and in the result's order. */
export const BATCH = '__rat_batch';
/**
 * The table's rows in the files that may contain an affected row, with the file's path in `FILE`.
 */
export const EXISTING = '__rat_existing';
/** The table of the rows to insert. */
export const CHANGES = '__rat_changes';
/** The position of a row in the batch, from 1. */
export const ORDINAL = '__rat_ordinal';
/** The column of EXISTING with the row's file. */
export const FILE = '__rat_file';

/** The columns of a merge. All names are as the table spells them. */
export interface MergeInput {
  /** All columns of the table. */
  columns: readonly string[];
  /** The columns that identify a row; NULLs are equal. */
  keys: readonly string[];
}

/**
 * A strategy's change, as SQL for DuckDB. In `affected` and `closed` a row of the table has the
 * alias `e`; the batch and the changes are tables by then.
 */
export interface ChangePlan {
  /** The SELECT of the rows to insert, which fills CHANGES. */
  changes: string;
  /** Whether a row of the table is removed, overwritten or closed. */
  affected: string;
  /** The SELECT list that replaces an affected row; without it the row is removed. */
  closed?: string;
  /**
   * Columns whose ranges exclude files without affected rows; empty when every file may have one.
   */
  prunedBy: readonly string[];
}

/** A SELECT list of columns of the relation with this alias. */
export function columnList(columns: readonly string[], alias: string): string {
  return columns.map((column) => `${alias}.${quoteIdentifier(column)}`).join(', ');
}

/** A condition that two relations have equal values in these columns; true for no columns. */
export function sameValues(columns: readonly string[], left: string, right: string): string {
  if (columns.length === 0) return 'true';
  return columns
    .map((column) => quoteIdentifier(column))
    .map((column) => `${left}.${column} IS NOT DISTINCT FROM ${right}.${column}`)
    .join(' AND ');
}

/** A condition that a relation has a row with the key of row `e`. */
export function hasKeyOf(relation: string, keys: readonly string[]): string {
  return `EXISTS (SELECT 1 FROM ${relation} k WHERE ${sameValues(keys, 'k', 'e')})`;
}

/** A SELECT of the last row of each key, by the order of the batch. */
export function lastOfEachKey({ columns, keys }: MergeInput): string {
  return (
    `SELECT ${columnList(columns, 'b')}, b.${ORDINAL} FROM ${BATCH} b ` +
    `QUALIFY row_number() OVER (PARTITION BY ${columnList(keys, 'b')} ORDER BY b.${ORDINAL} DESC) = 1`
  );
}

/**
 * A SELECT of the last row of each key. Leaves out a key with exactly one row in `existing` that is
 * equal in `compared`: an unchanged row must not be rewritten, so that a run can be repeated.
 */
export function newsOfEachKey(
  input: MergeInput,
  existing: string,
  compared: readonly string[],
): string {
  return (
    `WITH latest AS (${lastOfEachKey(input)}), met AS (` +
    `SELECT b.${ORDINAL}, count(*) AS versions, bool_and(${sameValues(compared, 'b', 'e')}) AS same ` +
    `FROM latest b JOIN (${existing}) e ON ${sameValues(input.keys, 'b', 'e')} GROUP BY b.${ORDINAL}) ` +
    `SELECT ${columnList(input.columns, 'b')} FROM latest b ANTI JOIN ` +
    `(SELECT ${ORDINAL} FROM met WHERE versions = 1 AND same) m ON m.${ORDINAL} = b.${ORDINAL} ` +
    `ORDER BY b.${ORDINAL}`
  );
}
