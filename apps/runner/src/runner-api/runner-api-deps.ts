import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import type { QueryRunner } from '../query/query-runner.ts';

/** What the methods of the runner's API work with. */
export interface RunnerApiDeps extends Pick<
  AttemptDeps,
  'db' | 'tables' | 'warehouse' | 'limits' | 'log'
> {
  queries: QueryRunner;
}
