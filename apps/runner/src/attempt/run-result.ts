import type { MaintenanceReport } from '@rat/contracts';
import type { PublishRequest } from './publish-table.ts';

/**
 * The result of a run that succeeded.
 * - `publish`: a branch whose tests passed; the settlement publishes it.
 * - `maintained`: maintenance committed its own changes already.
 * - `audited`: the run only tested the published table.
 * - `skipped`: a landing zone has no files, and its `on_empty` is `skip`: nothing was written.
 */
export type RunResult =
  | { kind: 'publish'; request: PublishRequest }
  | { kind: 'maintained'; report: MaintenanceReport }
  | { kind: 'audited' }
  | { kind: 'skipped' };
