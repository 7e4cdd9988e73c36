import type { RunnerDeps } from '../runner-client/with-runner.ts';

/** Dependencies of the search: a runner finds what only the warehouse knows. */
export type SearchDeps = RunnerDeps;
