import { CHANGES, columnList, type ChangePlan, type MergeInput } from '@rat/domain';

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
