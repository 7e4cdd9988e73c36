import type { RetentionConfig } from '@rat/domain';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import type { FileInspector } from '../landing/file-inspector.ts';
import type { QueryRunner } from '../query/query-runner.ts';

/** The dependencies of the runner's API. */
export interface RunnerApiDeps extends Pick<
  AttemptDeps,
  'db' | 'executorGid' | 'tables' | 'warehouse' | 'limits' | 'log'
> {
  queries: QueryRunner;
  inspector: FileInspector;
  /** What is kept for how long, where people chose nothing. */
  retention: RetentionConfig;
}
