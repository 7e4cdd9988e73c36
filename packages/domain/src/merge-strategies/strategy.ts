/** The settings of `config.yaml` that only some strategies use. */
export const MERGE_SETTINGS = [
  'unique_key',
  'partition_column',
  'on_empty',
  'on_missing',
  'scd_valid_from',
  'scd_valid_to',
] as const;

export type MergeSetting = (typeof MERGE_SETTINGS)[number];

/** The column that is true for the current version of a key. */
export const IS_CURRENT = 'is_current';

/** The names of the columns with the begin of a version, its end, and whether it is current. */
export interface VersionColumns {
  validFrom: string;
  validTo: string;
  isCurrent: string;
}

/** The columns and settings of a merge. Column names are spelled as in the table. */
export interface MergeInput {
  /** All columns of the table. */
  columns: readonly string[];
  /** The columns that identify a row; NULLs are equal. */
  keys: readonly string[];
  versions: VersionColumns;
  /** Whether a strategy keeps or closes the current version of a key that the batch lacks. */
  onMissing: 'keep' | 'close';
  /** ISO 8601: the time at which new versions begin and old ones end. */
  runStartedAt: string;
}

/**
 * The change that a strategy makes to a table, in standard SQL. In `affected` and `closed`, `e` is
 * the alias of a row of the table. `merge-sql.ts` names the relations that the SQL may read.
 */
export interface ChangePlan {
  /** The SELECT of the rows to insert, which fills CHANGES. */
  changes: string;
  /** The condition under which a row of the table is removed, overwritten or closed. */
  affected: string;
  /** The SELECT list that replaces an affected row; without it the row is removed. */
  closed?: string;
  /**
   * Columns by which to find the files with affected rows: a file is skipped when no key of the
   * batch lies within its values of these columns. Empty when every file may have affected rows.
   */
  prunedBy: readonly string[];
}

/** How a strategy writes. */
export type MergeWrite =
  /** The result replaces all rows. */
  | { kind: 'replace' }
  /** The result is added to the rows. */
  | { kind: 'append' }
  /** The result is compared with the rows. A strategy may keep only the last row of each key. */
  | { kind: 'compare'; plan: (input: MergeInput) => ChangePlan };

/** One merge strategy: how a pipeline's result becomes part of its table. */
export interface Strategy {
  /** The settings that it cannot do without. */
  needs: readonly MergeSetting[];
  /** Further settings that it uses. Any other setting is refused: it would have no effect. */
  takes: readonly MergeSetting[];
  /**
   * The part of the table that must not change between the start of a run and its commit.
   *
   * - `nothing`: the strategy does not depend on the rows that it replaces.
   * - `columns`: a column that another writer adds may get the same id as a new column of the run.
   * - `rows`: the result was compared with the rows.
   */
  dependsOn: 'nothing' | 'columns' | 'rows';
  /** Whether the strategy adds the columns of `VersionColumns`, which the query must not have. */
  keepsVersions: boolean;
  write: MergeWrite;
}
