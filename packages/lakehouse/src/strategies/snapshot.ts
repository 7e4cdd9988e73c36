import type { ChangePlan, MergeInput } from './change-sql.ts';
import { planDeleteInsert } from './delete-insert.ts';

/**
 * Replaces the partitions that the batch has rows of, that of NULL included, and leaves the others. What a partition
 * is to this strategy, a key is to `delete_insert`.
 */
export function planSnapshot(input: MergeInput): ChangePlan {
  return planDeleteInsert(input);
}
