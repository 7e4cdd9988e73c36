import type { RunnerDeps } from '../runner-client/with-runner.ts';

/** Dependencies of the routes of landing zones. */
export interface LandingDeps extends RunnerDeps {
  /** The largest file that may be uploaded. */
  uploadMaxBytes: number;
}
