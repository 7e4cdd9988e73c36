import { CHANGES, columnList, type ChangePlan, type MergeInput } from '@rat/domain';

/**
 * The SELECT of the rows of the new files. These files replace the files that hold affected rows;
 * `touched` is the relation of all rows of the replaced files.
 */
export function rewriteSql(
  plan: ChangePlan,
  { columns }: Pick<MergeInput, 'columns'>,
  touched: string,
): string {
  // The condition can be NULL, for example when another writer left a column NULL. Then the row is
  // not affected, and it must stay.
  const parts = [
    `SELECT ${columnList(columns, 'e')} FROM ${touched} e WHERE (${plan.affected}) IS NOT TRUE`,
    ...(plan.closed === undefined
      ? []
      : [`SELECT ${plan.closed} FROM ${touched} e WHERE ${plan.affected}`]),
    `SELECT ${columnList(columns, 'n')} FROM ${CHANGES} n`,
  ];
  return parts.join(' UNION ALL ');
}
