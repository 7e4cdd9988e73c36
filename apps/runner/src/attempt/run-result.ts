import type { Maintained } from '../maintenance/maintain-in-run.ts';
import type { PublishRequest } from './publish-table.ts';

/** What a run that succeeded has to show: a branch to publish, what it maintained, or nothing but its tests. */
export type RunResult = PublishRequest | Maintained | 'nothing';
