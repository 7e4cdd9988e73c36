import { CHANGES, EXISTING, hasKeyOf, newsOfEachKey } from './merge-sql.ts';
import type { ChangePlan, MergeInput, Strategy } from './strategy.ts';

/**
 * Upserts: the last row of each key in the batch replaces the table's rows with that key. It is not
 * written when the table already has exactly this row for the key.
 */
export const incremental: Strategy = {
  needs: ['unique_key'],
  takes: [],
  dependsOn: 'rows',
  keepsVersions: false,
  write: { kind: 'compare', plan },
};

function plan(input: MergeInput): ChangePlan {
  const compared = input.columns.filter((column) => !input.keys.includes(column));
  return {
    changes: newsOfEachKey(input, `FROM ${EXISTING}`, compared),
    affected: hasKeyOf(CHANGES, input.keys),
    prunedBy: input.keys,
  };
}
