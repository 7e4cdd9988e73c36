import type { ChangePlan, MergeInput } from './change-sql.ts';
import { planDeleteInsert } from './delete-insert.ts';

/**
 * Replaces the partitions that the batch has rows of, including the NULL partition, and keeps the
 * others. It treats a partition as `delete_insert` treats a key.
 */
export function planSnapshot(input: MergeInput): ChangePlan {
  return planDeleteInsert(input);
}
