import {
  atScrape,
  openInstruments,
  openProcessRegistry,
  RUNNER_METRICS,
  serveMetrics,
  type ProcessRegistry,
} from '@rat/metrics';
import type { Lifecycle, Logger } from '@rat/runtime';
import type { Database } from '@rat/store';
import type { ActiveAttempts } from './attempt-contract/active-attempts.ts';
import type { RunnerObserver } from './attempt-contract/attempt-deps.ts';

/**
 * Serves the metrics of this runner at a port of their own, and returns what its background work
 * reports to. The channel to the API cannot serve them: it is TLS with the runner's key, which no
 * scraper has.
 */
export async function serveOwnMetrics(
  { host, port }: { host: string; port: number },
  deps: { db: Database; held: ActiveAttempts; log: Logger; lifecycle: Lifecycle; version: string },
): Promise<ProcessRegistry & RunnerObserver> {
  const { db, held, log, lifecycle, version } = deps;
  const metrics = openProcessRegistry({ service: 'runner', version, pool: db.pool });
  lifecycle.onClose('measurement', () => metrics.close());
  const { registry } = metrics;
  const own = openInstruments(registry, RUNNER_METRICS);
  atScrape(own.rat_runner_attempts, (gauge) => gauge.set(held.size));
  const served = await serveMetrics({ registry, host, port, log });
  lifecycle.onClose('metrics', () => served.close());
  log.info({ host, port: served.port }, 'metrics served');
  return {
    ...metrics,
    lineageEventLeftOut: (reason) => own.rat_openlineage_events_left_out_total.inc({ reason }),
  };
}
