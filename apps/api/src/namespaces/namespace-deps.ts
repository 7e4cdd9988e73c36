import type { RunnerDeps } from '../runner-client/with-runner.ts';

/** Dependencies of the routes of namespaces. Runners know which files wait in landing zones. */
export type NamespaceDeps = RunnerDeps;
