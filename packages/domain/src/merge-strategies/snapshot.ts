import { replaceKeysOfBatch } from './merge-sql.ts';
import type { Strategy } from './strategy.ts';

/**
 * Replaces the partitions that the batch has rows of, including the NULL partition, and keeps the
 * others. It treats a partition as `delete_insert` treats a key.
 */
export const snapshot: Strategy = {
  needs: ['partition_column'],
  takes: [],
  dependsOn: 'rows',
  keepsVersions: false,
  write: { kind: 'compare', plan: replaceKeysOfBatch },
};
