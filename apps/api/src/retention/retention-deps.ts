import type { RunnerDeps } from '../runner-client/with-runner.ts';

/** Dependencies of the routes of retention; a runner cleans up. */
export type RetentionDeps = RunnerDeps;
