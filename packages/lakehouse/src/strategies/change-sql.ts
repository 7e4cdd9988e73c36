import { quoteIdentifier } from '../iceberg/sql-text.ts';

/** The result's rows, in the columns of the table and the result's order. */
export const BATCH = '__rat_batch';
/** The table's rows in the files that may hold an affected one, each with its file's path in `FILE`. */
export const EXISTING = '__rat_existing';
/** The rows that come into the table. */
export const CHANGES = '__rat_changes';
/** The position of a row in the batch, from 1. */
export const ORDINAL = '__rat_ordinal';
/** The column of EXISTING that names the row's file. */
export const FILE = '__rat_file';

/** A batch that meets a table. All names are as the table spells them. */
export interface MergeInput {
  /** All columns of the table. */
  columns: readonly string[];
  /** What makes a row the same row; NULL is equal to NULL. */
  keys: readonly string[];
}

/**
 * What a strategy does, as SQL for DuckDB. In `affected` and `closed` a row of the table is called `e`; the batch and
 * the changes are tables by then.
 */
export interface ChangePlan {
  /** The SELECT of the rows that come in: what CHANGES holds. */
  changes: string;
  /** Whether a row of the table is removed, overwritten or closed. */
  affected: string;
  /** What an affected row becomes, as a SELECT list; without it the row goes. */
  closed?: string;
  /** Columns by whose ranges a file without affected rows is known; none when every file may hold one. */
  prunedBy: readonly string[];
}

/** A SELECT list of columns of the relation called `alias`. */
export function columnList(columns: readonly string[], alias: string): string {
  return columns.map((column) => `${alias}.${quoteIdentifier(column)}`).join(', ');
}

/** Whether two relations agree in columns; in no columns they always do. */
export function sameValues(columns: readonly string[], left: string, right: string): string {
  if (columns.length === 0) return 'true';
  return columns
    .map((column) => quoteIdentifier(column))
    .map((column) => `${left}.${column} IS NOT DISTINCT FROM ${right}.${column}`)
    .join(' AND ');
}

/** Whether a relation has a row with the key of a row called `e`. */
export function hasKeyOf(relation: string, keys: readonly string[]): string {
  return `EXISTS (SELECT 1 FROM ${relation} k WHERE ${sameValues(keys, 'k', 'e')})`;
}

/** The last row of each key, by the order of the batch. */
export function lastOfEachKey({ columns, keys }: MergeInput): string {
  return (
    `SELECT ${columnList(columns, 'b')}, b.${ORDINAL} FROM ${BATCH} b ` +
    `QUALIFY row_number() OVER (PARTITION BY ${columnList(keys, 'b')} ORDER BY b.${ORDINAL} DESC) = 1`
  );
}

/**
 * The last row of each key, save those whose key has exactly one row among `existing` and is equal to it in
 * `compared`: what says nothing new must change nothing, or no run could be repeated.
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
