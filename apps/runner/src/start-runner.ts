import { once } from 'node:events';
import { hostname } from 'node:os';
import { rescueRuns } from '@rat/dispatch';
import type { RunHints } from '@rat/hints';
import { openRunWorker, type QueueConnection } from '@rat/queue';
import { runJobs, Semaphore, waitFor, withDeadline } from '@rat/runtime';
import { forgetRunner, registerRunner, type RunnerAnnouncement, type RunnerDoor } from '@rat/store';
import type { AttemptDeps } from './attempt-contract/attempt-deps.ts';
import { keepLeases } from './attempt/lease-keeper.ts';
import { processRun } from './attempt/process-run.ts';
import { backgroundJobs, type BackgroundSettings } from './background/jobs.ts';

export interface RunnerOptions extends BackgroundSettings {
  connection: QueueConnection;
  /** Where the API asks this runner about the data. */
  door: RunnerDoor;
  queuePrefix: string;
  concurrency: number;
  drainMs: number;
  version: string;
}

/** How long runs get to go back to the queue after they were interrupted. */
const SETTLE_MS = 5_000;

/** How long the database may take to let go of a runner: once for what is under way, once for its own row. */
const SIGN_OFF_MS = 1_000;

/** A running runner. */
export interface Runner {
  /** Resolves once this runner was asked to drain, takes no more tickets, and has finished those it had. */
  drained: Promise<void>;
  /**
   * Takes no more tickets; lets runs go on for the drain time, then interrupts them, which gives them back to the
   * queue without spending an attempt. Resolves within the drain time and a few seconds.
   */
  stop(): Promise<void>;
}

/** Registers the runner, then takes tickets, keeps leases and rescues stalled runs until it is stopped. */
export async function startRunner(deps: AttemptDeps, options: RunnerOptions): Promise<Runner> {
  const { db, held, log } = deps;
  const background = new AbortController();
  const runner: RunnerAnnouncement = {
    id: deps.runnerId,
    host: hostname(),
    pid: process.pid,
    slots: options.concurrency,
    door: { url: options.door.url, key: options.door.key },
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
    runJobs(backgroundJobs(options), deps, background.signal),
  ]);
  const stopListening = deps.hints.subscribe(cancelListener(deps));
  // Each pool's consumer takes tickets by itself. A ticket beyond the limit waits here: its run is not claimed yet.
  const slots = new Semaphore(options.concurrency);
  const worker = openRunWorker({
    connection: options.connection,
    prefix: options.queuePrefix,
    name: deps.runnerId,
    concurrency: options.concurrency,
    pools: deps.pools,
    process: (ticket, pool) => slots.use(() => processRun(deps, { ...ticket, pool })),
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
      // A turn that waits for a database which is gone must not hold up the rest; the heartbeat's end says as much.
      const onError = (err: unknown): void => log.warn({ err }, 'runner not signed off');
      await withDeadline(loops, SIGN_OFF_MS).catch(onError);
      await withDeadline(forgetRunner(db, runner.id), SIGN_OFF_MS).catch(onError);
      log.info('runner stopped');
    },
  };
}

/** A cancel reaches its run within milliseconds by a hint; a lost one is found by the next heartbeat. */
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
