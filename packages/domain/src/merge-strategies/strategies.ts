import * as all from './all-strategies.ts';
import type { Strategy } from './strategy.ts';

/** How a pipeline's result becomes part of its table, by the name in `config.yaml`. */
export type MergeStrategy = keyof typeof all;

/**
 * The record of each strategy, by its name. What a strategy needs, refuses, compares, keeps and
 * plans stands in its record; a new one is one file and one line of `all-strategies.ts`.
 *
 * | strategy        | inserted rows                | affected rows of the table        | effect  |
 * |-----------------|------------------------------|-----------------------------------|---------|
 * | `full_refresh`  | all                          | all                               | removed |
 * | `append_only`   | all                          | none                              |         |
 * | `incremental`   | last of each key, if changed | those with an inserted key        | removed |
 * | `delete_insert` | all                          | those with a key of the batch     | removed |
 * | `snapshot`      | all                          | those of a partition in the batch | removed |
 * | `scd2`          | last of each key, if changed | current ones with such a key;     | closed  |
 * |                 |                              | with `close`, missing keys too    |         |
 *
 * @example
 * const { write } = STRATEGIES.incremental;
 * if (write.kind === 'compare') const { changes, affected } = write.plan(input);
 */
export const STRATEGIES: Readonly<Record<MergeStrategy, Strategy>> = all;

export const MERGE_STRATEGIES = Object.keys(STRATEGIES) as [MergeStrategy, ...MergeStrategy[]];

/** Whether a strategy compares its result with the rows of the table. */
export function comparesRows(strategy: MergeStrategy): boolean {
  return STRATEGIES[strategy].write.kind === 'compare';
}
