import { columnList, CHANGES } from './change-sql.ts';
import type { ChangePlan, MergeInput } from './change-sql.ts';
import { planDeleteInsert } from './delete-insert.ts';
import { planIncremental } from './incremental.ts';
import { planScd2, type VersionOptions } from './scd2.ts';
import { planSnapshot } from './snapshot.ts';

/** The strategies that compare the result with the table; others only add files, or replace all. */
export type ComparingStrategy = 'incremental' | 'delete_insert' | 'scd2' | 'snapshot';

/**
 * Plans a strategy's change for a batch.
 *
 * | strategy      | inserted rows                | affected rows of the table        | effect  |
 * |---------------|------------------------------|-----------------------------------|---------|
 * | incremental   | last of each key, if changed | those with an inserted key        | removed |
 * | delete_insert | all                          | those with a key of the batch     | removed |
 * | snapshot      | all                          | those of a partition in the batch | removed |
 * | scd2          | last of each key, if changed | current ones with such a key;     | closed  |
 * |               |                              | with `close`, missing keys too    |         |
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

/**
 * The SELECT of the rows that replace the touched files; `touched` is a relation of those files'
 * rows.
 */
export function rewriteSql(
  plan: ChangePlan,
  { columns }: Pick<MergeInput, 'columns'>,
  touched: string,
): string {
  // A row whose condition is NULL, for example by another writer's NULL, is not affected: it must
  // stay.
  const parts = [
    `SELECT ${columnList(columns, 'e')} FROM ${touched} e WHERE (${plan.affected}) IS NOT TRUE`,
    ...(plan.closed === undefined
      ? []
      : [`SELECT ${plan.closed} FROM ${touched} e WHERE ${plan.affected}`]),
    `SELECT ${columnList(columns, 'n')} FROM ${CHANGES} n`,
  ];
  return parts.join(' UNION ALL ');
}
