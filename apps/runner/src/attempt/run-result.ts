import type { Maintained } from '../maintenance/maintain-in-run.ts';
import type { Publishable } from './publish-table.ts';

/** What a run that succeeded has to show: a branch to publish, what it maintained, or nothing but its tests. */
export type RunResult = Publishable | Maintained | 'nothing';
