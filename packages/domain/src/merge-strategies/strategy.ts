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

/** The names of the columns that hold the versions of a row. */
export interface VersionColumns {
  validFrom: string;
  validTo: string;
  isCurrent: string;
}

/** The columns and rules of a merge. All names are as the table spells them. */
export interface MergeInput {
  /** All columns of the table. */
  columns: readonly string[];
  /** The columns that identify a row; NULLs are equal. */
  keys: readonly string[];
  versions: VersionColumns;
  /** The effect on the current version of a key that the batch lacks. */
  onMissing: 'keep' | 'close';
  /** ISO 8601: the time at which new versions begin and old ones end. */
  runStartedAt: string;
}

/**
 * A strategy's change, in standard SQL. In `affected` and `closed` a row of the table has the alias
 * `e`. `merge-sql.ts` names the relations that the SQL may read.
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

/** How a strategy writes. */
export type MergeWrite =
  /** The result replaces all rows. */
  | { kind: 'replace' }
  /** The result is added to the rows. */
  | { kind: 'append' }
  /** The result is compared with the rows; the order of its rows decides which one wins. */
  | { kind: 'compare'; plan: (input: MergeInput) => ChangePlan };

/** One merge strategy: how a pipeline's result becomes part of its table. */
export interface Strategy {
  /** The settings that it cannot do without. */
  needs: readonly MergeSetting[];
  /** Further settings that it uses. Every other one is refused: it would silently mean nothing. */
  takes: readonly MergeSetting[];
  /**
   * What must be unchanged in the table since the run began, so that the written files still fit:
   * nothing, its columns (another writer's new ids may equal ours), or all of its rows.
   */
  dependsOn: 'nothing' | 'columns' | 'rows';
  /** Whether the strategy adds the columns of `VersionColumns`, which the query must not have. */
  keepsVersions: boolean;
  write: MergeWrite;
}
