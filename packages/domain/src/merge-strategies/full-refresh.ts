import type { Strategy } from './strategy.ts';

/** Replaces all rows of the table by the result. */
export const fullRefresh: Strategy = {
  needs: [],
  takes: ['on_empty'],
  dependsOn: 'nothing',
  keepsVersions: false,
  write: { kind: 'replace' },
};
