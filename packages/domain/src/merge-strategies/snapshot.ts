import { replaceKeysOfBatch } from './merge-sql.ts';
import type { Strategy } from './strategy.ts';

/**
 * Replaces each partition for which the batch has rows, also the NULL partition. Keeps the other
 * partitions. It treats a partition as `delete_insert` treats a key.
 */
export const snapshot: Strategy = {
  needs: ['partition_column'],
  takes: [],
  dependsOn: 'rows',
  keepsVersions: false,
  write: { kind: 'compare', plan: replaceKeysOfBatch },
};
