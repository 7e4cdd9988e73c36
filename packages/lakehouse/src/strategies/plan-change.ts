import { columnList, CHANGES } from './change-sql.ts';
import type { ChangePlan, MergeInput } from './change-sql.ts';
import { planDeleteInsert } from './delete-insert.ts';
import { planIncremental } from './incremental.ts';
import { planScd2, type VersionOptions } from './scd2.ts';
import { planSnapshot } from './snapshot.ts';

/** The strategies that compare the result with the table; the others only add files, or replace them all. */
export type ComparingStrategy = 'incremental' | 'delete_insert' | 'scd2' | 'snapshot';

/**
 * What a strategy does with a batch.
 *
 * | strategy      | rows that come                  | rows of the table that go                | they become |
 * |---------------|---------------------------------|------------------------------------------|-------------|
 * | incremental   | the last of each key, if news   | those with the key of one that comes     | nothing     |
 * | delete_insert | all                             | those with the key of one in the batch   | nothing     |
 * | snapshot      | all                             | those of a partition in the batch        | nothing     |
 * | scd2          | the last of each key, if news   | current ones with such a key, or missing | closed      |
 */
export function planChange(
  strategy: ComparingStrategy,
  input: MergeInput,
  versions: VersionOptions,
): ChangePlan {
  switch (strategy) {
    case 'incremental':
      return planIncremental(input);
    case 'delete_insert':
      return planDeleteInsert(input);
    case 'snapshot':
      return planSnapshot(input);
    case 'scd2':
      return planScd2(input, versions);
  }
}

/** The rows of the files that take the place of the touched ones; `touched` is a relation of the latter's rows. */
export function rewriteSql(
  plan: ChangePlan,
  { columns }: Pick<MergeInput, 'columns'>,
  touched: string,
): string {
  // Neither true nor false, such as where a foreign writer left NULL, is not affected: no row may get lost.
  const parts = [
    `SELECT ${columnList(columns, 'e')} FROM ${touched} e WHERE (${plan.affected}) IS NOT TRUE`,
    ...(plan.closed === undefined
      ? []
      : [`SELECT ${plan.closed} FROM ${touched} e WHERE ${plan.affected}`]),
    `SELECT ${columnList(columns, 'n')} FROM ${CHANGES} n`,
  ];
  return parts.join(' UNION ALL ');
}
