import { CHANGES, EXISTING, hasKeyOf, newsOfEachKey } from './change-sql.ts';
import type { ChangePlan, MergeInput } from './change-sql.ts';

/**
 * Upsert: the last row of each key in the batch takes the place of the table's rows with that key. A row that is equal
 * to the table's is none of the changes.
 */
export function planIncremental(input: MergeInput): ChangePlan {
  const compared = input.columns.filter((column) => !input.keys.includes(column));
  return {
    changes: newsOfEachKey(input, `FROM ${EXISTING}`, compared),
    affected: hasKeyOf(CHANGES, input.keys),
    prunedBy: input.keys,
  };
}
