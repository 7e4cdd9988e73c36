import { Registry } from 'prom-client';
import { atScrape } from './at-scrape.ts';
import { openInstruments, type Instruments } from './open-instruments.ts';
import { PROCESS_METRICS } from './process-metrics.ts';
import { watchNode } from './watch-node.ts';

/** A pool of connections, as `pg` shows it. */
interface PoolState {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly options: { readonly max?: number | undefined };
}

/** A turn of a background job. */
interface JobTurn {
  job: string;
  seconds: number;
  hasFailed: boolean;
}

/** What became of due times of schedules. */
type Firings = Partial<
  Record<'run' | 'skipped' | 'missed' | 'refused' | 'invalid' | 'failed', number>
>;

/** The metrics of one process. Its methods are the observer of background jobs and of dispatch. */
export interface ProcessRegistry {
  registry: Registry;
  jobEnded(turn: JobTurn): void;
  fired(firings: Firings): void;
  enqueuedAgain(tickets: number): void;
  /** Stops the measurement of the event loop. */
  close(): void;
}

/**
 * Opens the registry of a process with the metrics that every process has: those of Node, its
 * version, its background jobs, and its connections from the moment that `pool` is known.
 *
 * @example
 * const metrics = openProcessRegistry({ service: 'runner', version: '0.1.0', pool: db.pool });
 * const text = await metrics.registry.metrics();
 */
export function openProcessRegistry(options: {
  service: 'api' | 'runner';
  version: string;
  pool: PoolState;
}): ProcessRegistry {
  const { service, version, pool } = options;
  const registry = new Registry();
  const own = openInstruments(registry, PROCESS_METRICS);
  own.rat_build_info.set({ service, version, node: process.version }, 1);
  watchPool(own, pool);
  const closeWatch = watchNode(own);
  return {
    registry,
    jobEnded: ({ job, seconds, hasFailed }) => {
      const outcome = hasFailed ? 'failed' : 'done';
      own.rat_job_duration_seconds.observe({ job, outcome }, seconds);
    },
    fired: (firings) => {
      for (const [outcome, times] of Object.entries(firings)) {
        if (times > 0) own.rat_firings_total.inc({ outcome }, times);
      }
    },
    enqueuedAgain: (tickets) => own.rat_tickets_enqueued_again_total.inc(tickets),
    close: closeWatch,
  };
}

function watchPool(own: Instruments<typeof PROCESS_METRICS>, pool: PoolState): void {
  own.rat_db_pool_max_connections.set(pool.options.max ?? 0);
  atScrape(own.rat_db_pool_connections, (gauge) => {
    gauge.set({ state: 'idle' }, pool.idleCount);
    gauge.set({ state: 'busy' }, pool.totalCount - pool.idleCount);
  });
  atScrape(own.rat_db_pool_waiting, (gauge) => gauge.set(pool.waitingCount));
}
