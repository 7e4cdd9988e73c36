import { BATCH, columnList, hasKeyOf, ORDINAL } from './change-sql.ts';
import type { ChangePlan, MergeInput } from './change-sql.ts';

/**
 * Deletes all rows whose key is in the batch and inserts all rows of the batch, duplicates
 * included.
 */
export function planDeleteInsert({ columns, keys }: MergeInput): ChangePlan {
  return {
    changes: `SELECT ${columnList(columns, 'b')} FROM ${BATCH} b ORDER BY b.${ORDINAL}`,
    affected: hasKeyOf(BATCH, keys),
    prunedBy: keys,
  };
}
