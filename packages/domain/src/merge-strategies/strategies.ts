import * as all from './all-strategies.ts';
import type { Strategy } from './strategy.ts';

/** The name of a merge strategy in `config.yaml`. */
export type MergeStrategy = keyof typeof all;

/**
 * Every merge strategy by its name. The record of a strategy is the only place that defines what it
 * needs, refuses, compares, keeps and plans. A new strategy is one file, and one line of
 * `all-strategies.ts`.
 *
 * | strategy        | inserted rows                | affected rows of the table        | effect  |
 * |-----------------|------------------------------|-----------------------------------|---------|
 * | `full_refresh`  | all                          | all                               | removed |
 * | `append_only`   | all                          | none                              |         |
 * | `incremental`   | last of each key, if changed | those with an inserted key        | removed |
 * | `delete_insert` | all                          | those with a key of the batch     | removed |
 * | `snapshot`      | all                          | those of a partition in the batch | removed |
 * | `scd2`          | last of each key, if changed | current ones with an inserted key | closed  |
 *
 * With `on_missing: close`, `scd2` also closes the current rows of keys that the batch lacks.
 *
 * @example
 * const { write } = STRATEGIES.incremental;
 * const plan = write.kind === 'compare' ? write.plan(input) : undefined;
 */
export const STRATEGIES: Readonly<Record<MergeStrategy, Strategy>> = all;

export const MERGE_STRATEGIES = Object.keys(STRATEGIES) as [MergeStrategy, ...MergeStrategy[]];

/** Whether a strategy compares its result with the rows of the table. */
export function comparesRows(strategy: MergeStrategy): boolean {
  return STRATEGIES[strategy].write.kind === 'compare';
}
