import { replaceKeysOfBatch } from './merge-sql.ts';
import type { Strategy } from './strategy.ts';

/**
 * Deletes all rows with a key of the batch, and inserts all rows of the batch, duplicates included.
 */
export const deleteInsert: Strategy = {
  needs: ['unique_key'],
  takes: [],
  dependsOn: 'rows',
  keepsVersions: false,
  write: { kind: 'compare', plan: replaceKeysOfBatch },
};
