import { setMaxListeners } from 'node:events';
import { repeat } from './abort.ts';
import type { Logger } from './logger.ts';

/** A piece of work that a process repeats for as long as it lives. */
export interface BackgroundJob<Deps> {
  /** Names the job in log lines; kebab-case and stable. */
  name: string;
  /** The pause between the end of one turn and the start of the next. */
  everyMs: number;
  /** Does one turn. A long turn must end early when `signal` aborts. */
  run: (deps: Deps, signal: AbortSignal) => Promise<void>;
}

/** Learns about each turn of a background job. It must not throw. */
export interface JobObserver {
  jobEnded: (turn: { job: string; seconds: number; hasFailed: boolean }) => void;
}

/**
 * Runs every job at once, each on its own timer, until `signal` aborts. Jobs of one list do not wait
 * for each other. A turn that throws is logged with the job's name, and the job runs again after its
 * pause. Resolves when every turn under way has ended.
 *
 * @example
 * const sweep = { name: 'sweep-files', everyMs: 60_000, run: ({ files }) => files.sweep() };
 * await runJobs([sweep], { files, log }, stopping.signal);
 */
export async function runJobs<Deps extends { log: Logger; observer?: JobObserver }>(
  jobs: readonly BackgroundJob<Deps>[],
  deps: Deps,
  signal: AbortSignal,
): Promise<void> {
  // Each waiting job listens for the abort; more than ten would look like a leak to Node.
  const stopping = AbortSignal.any([signal]);
  setMaxListeners(0, stopping);
  await Promise.all(
    jobs.map(({ name, everyMs, run }) =>
      repeat(() => observed(name, () => run(deps, stopping), deps.observer), {
        everyMs,
        signal: stopping,
        onError: (err) => deps.log.warn({ err, job: name }, 'background job failed'),
      }),
    ),
  );
}

async function observed(
  job: string,
  turn: () => Promise<void>,
  observer: JobObserver | undefined,
): Promise<void> {
  const start = performance.now();
  let hasFailed = true;
  try {
    await turn();
    hasFailed = false;
  } finally {
    observer?.jobEnded({ job, seconds: (performance.now() - start) / 1_000, hasFailed });
  }
}
