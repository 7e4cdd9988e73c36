import { BATCH, columnList, hasKeyOf, ORDINAL } from './change-sql.ts';
import type { ChangePlan, MergeInput } from './change-sql.ts';

/** All rows whose key is in the batch go, all rows of the batch come, duplicates included. */
export function planDeleteInsert({ columns, keys }: MergeInput): ChangePlan {
  return {
    changes: `SELECT ${columnList(columns, 'b')} FROM ${BATCH} b ORDER BY b.${ORDINAL}`,
    affected: hasKeyOf(BATCH, keys),
    prunedBy: keys,
  };
}
