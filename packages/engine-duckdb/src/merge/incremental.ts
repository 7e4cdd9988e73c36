import { CHANGES, EXISTING, hasKeyOf, newsOfEachKey } from './change-sql.ts';
import type { ChangePlan, MergeInput } from './change-sql.ts';

/**
 * Upserts: the last row of each key in the batch replaces the table's rows with that key. A row
 * equal to the table's is not a change.
 */
export function planIncremental(input: MergeInput): ChangePlan {
  const compared = input.columns.filter((column) => !input.keys.includes(column));
  return {
    changes: newsOfEachKey(input, `FROM ${EXISTING}`, compared),
    affected: hasKeyOf(CHANGES, input.keys),
    prunedBy: input.keys,
  };
}
