import { once } from 'node:events';
import { hostname } from 'node:os';
import { advanceRunGroups, fireDueSchedules, fireDueTriggers, rescueRuns } from '@rat/dispatch';
import type { RunHints } from '@rat/hints';
import { openRunWorker, type QueueConnection } from '@rat/queue';
import { runJobs, Semaphore, waitFor, withDeadline } from '@rat/runtime';
import {
  forgetRunner,
  registerRunner,
  type RunnerAnnouncement,
  type RunnerEndpoint,
} from '@rat/store';
import type { AttemptDeps } from './attempt-contract/attempt-deps.ts';
import { keepLeases } from './attempt/lease-keeper.ts';
import { processRun } from './attempt/process-run.ts';
import { backgroundJobs, type BackgroundSettings } from './background/jobs.ts';

export interface RunnerOptions extends BackgroundSettings {
  connection: QueueConnection;
  /** The address at which the API calls this runner about tables and queries. */
  endpoint: RunnerEndpoint;
  queuePrefix: string;
  concurrency: number;
  drainMs: number;
  version: string;
}

/** How long interrupted runs may take to return to the queue. */
const SETTLE_MS = 5_000;

/**
 * How long a stopping runner waits for the database: once for the background turns under way, once
 * for its own row.
 */
const SIGN_OFF_MS = 1_000;

/** A runner that has started. */
export interface Runner {
  /**
   * Resolves after this runner was marked for draining, stopped taking tickets, and finished its
   * runs.
   */
  drained: Promise<void>;
  /**
   * Stops taking tickets and lets runs continue for the drain time. Then interrupts them, which
   * returns them to the queue without spending an attempt. Resolves within the drain time and a few
   * seconds.
   */
  stop(): Promise<void>;
}

/**
 * Registers the runner, then takes tickets, keeps leases and runs background jobs until it is
 * stopped.
 */
export async function startRunner(deps: AttemptDeps, options: RunnerOptions): Promise<Runner> {
  const { db, held, log } = deps;
  const background = new AbortController();
  const runner: RunnerAnnouncement = {
    id: deps.runnerId,
    host: hostname(),
    pid: process.pid,
    slots: options.concurrency,
    endpoint: { url: options.endpoint.url, key: options.endpoint.key },
    version: options.version,
    pools: deps.pools,
    sandbox: deps.children.level,
  };
  await registerRunner(db, runner);
  const draining = new AbortController();
  const loops = Promise.all([
    keepLeases({
      db,
      held,
      runner,
      leaseMs: deps.leaseMs,
      log,
      signal: background.signal,
      onDrain: () => draining.abort(),
    }),
    rescueRuns(deps, background.signal),
    fireDueSchedules(deps, background.signal),
    advanceRunGroups(deps, background.signal),
    fireDueTriggers(deps, background.signal),
    runJobs(backgroundJobs(options), deps, background.signal),
  ]);
  const stopListening = deps.hints.subscribe(cancelListener(deps));
  // Each pool has its own consumer. A ticket beyond the concurrency limit waits here, and its run
  // is not claimed yet.
  const slots = new Semaphore(options.concurrency);
  const worker = openRunWorker({
    connection: options.connection,
    prefix: options.queuePrefix,
    name: deps.runnerId,
    concurrency: options.concurrency,
    pools: deps.pools,
    process: ({ runId, attempt }, { pool, tell }) =>
      slots.use(() => processRun(deps, { runId, attempt, pool }, tell)),
    log,
  });
  const drained = (async () => {
    await once(draining.signal, 'abort');
    log.info('runner drains');
    await worker.drain();
  })();
  log.info({ runner: runner.id, slots: runner.slots }, 'runner started');
  return {
    drained,
    stop: async () => {
      slots.stop();
      const drained = new AbortController();
      const interruption = interruptAfter(deps, options.drainMs, drained.signal);
      await worker.close(options.drainMs + SETTLE_MS);
      drained.abort();
      await interruption;
      stopListening();
      background.abort();
      // A turn that waits for an unreachable database must not delay the stop. Without heartbeats
      // the runner counts as gone anyway.
      const onError = (err: unknown): void => log.warn({ err }, 'runner not signed off');
      await withDeadline(loops, SIGN_OFF_MS).catch(onError);
      await withDeadline(forgetRunner(db, runner.id), SIGN_OFF_MS).catch(onError);
      log.info('runner stopped');
    },
  };
}

/**
 * A hint brings a cancel to its run within milliseconds; the next heartbeat finds a cancel whose
 * hint was lost.
 */
function cancelListener(deps: AttemptDeps): Parameters<RunHints['subscribe']>[0] {
  return {
    onHint: (hint) => {
      if (hint.kind === 'cancel_requested') deps.held.abort(hint.runId, 'cancelled');
    },
    onGap: () => undefined,
  };
}

async function interruptAfter(deps: AttemptDeps, ms: number, done: AbortSignal): Promise<void> {
  if (await waitFor(ms, done)) deps.held.abortAll('interrupted');
}
