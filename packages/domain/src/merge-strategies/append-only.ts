import type { Strategy } from './strategy.ts';

/** Adds the result to the table, duplicates included. */
export const appendOnly: Strategy = {
  needs: [],
  takes: [],
  dependsOn: 'columns',
  keepsVersions: false,
  write: { kind: 'append' },
};
