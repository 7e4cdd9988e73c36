import { quoteIdentifier } from '../sql-text.ts';
import type { ChangePlan, MergeInput } from './strategy.ts';

/** The table of the batch: the rows of the result, with the table's columns. */
export const BATCH = '__rat_batch';
/**
 * The relation of the table's rows to compare, with the path of each row's file in `FILE`. It has
 * every row that may be affected, and may have others.
 */
export const EXISTING = '__rat_existing';
/** The table of the rows to insert. */
export const CHANGES = '__rat_changes';
/** The column of BATCH with the position of a row in the result, from 1. */
export const ORDINAL = '__rat_ordinal';
/** The column of EXISTING with the path of a row's file. The SQL of a strategy does not read it. */
export const FILE = '__rat_file';

/** The column that numbers the rows of a key backwards: the last one has 1. */
const RANK = '__rat_rank';

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
export function lastOfEachKey({ columns, keys }: Pick<MergeInput, 'columns' | 'keys'>): string {
  const ranked =
    `SELECT b.*, row_number() OVER (PARTITION BY ${columnList(keys, 'b')} ORDER BY b.${ORDINAL} DESC) AS ${RANK} ` +
    `FROM ${BATCH} b`;
  return `SELECT ${columnList(columns, 'r')}, r.${ORDINAL} FROM (${ranked}) r WHERE r.${RANK} = 1`;
}

/**
 * A SELECT of the last row of each key that is new or changed. A key is unchanged when `existing`
 * has exactly one row of it, with equal values in the columns `compared`. Unchanged rows are left
 * out, so that a repeated run changes nothing.
 */
export function newsOfEachKey(
  input: Pick<MergeInput, 'columns' | 'keys'>,
  existing: string,
  compared: readonly string[],
): string {
  return (
    `WITH latest AS (${lastOfEachKey(input)}), met AS (` +
    `SELECT b.${ORDINAL}, count(*) AS versions, bool_and(${sameValues(compared, 'b', 'e')}) AS same ` +
    `FROM latest b JOIN (${existing}) e ON ${sameValues(input.keys, 'b', 'e')} GROUP BY b.${ORDINAL}) ` +
    // A join, because NOT EXISTS would become two of them.
    `SELECT ${columnList(input.columns, 'b')} FROM latest b LEFT JOIN ` +
    `(SELECT ${ORDINAL} AS unchanged FROM met WHERE versions = 1 AND same) m ON m.unchanged = b.${ORDINAL} ` +
    `WHERE m.unchanged IS NULL ORDER BY b.${ORDINAL}`
  );
}

/** The plan that removes all rows with a key of the batch, and inserts all rows of the batch. */
export function replaceKeysOfBatch({ columns, keys }: MergeInput): ChangePlan {
  return {
    changes: `SELECT ${columnList(columns, 'b')} FROM ${BATCH} b ORDER BY b.${ORDINAL}`,
    affected: hasKeyOf(BATCH, keys),
    prunedBy: keys,
  };
}
