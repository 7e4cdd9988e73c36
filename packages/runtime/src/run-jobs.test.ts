import { expect, test } from '@jest/globals';
import type { Logger } from './logger.ts';
import { runJobs, type BackgroundJob } from './run-jobs.ts';

interface Deps {
  log: Logger;
  logged: object[];
}

function openDeps(): Deps {
  const logged: object[] = [];
  const warn = (fields: object, message: string): number => logged.push({ ...fields, message });
  return { log: { warn } as unknown as Logger, logged };
}

/** A job that does `turns` one after the other, and stops the scheduler after the last one. */
function jobOf(name: string, stop: AbortController, turns: (() => unknown)[]): BackgroundJob<Deps> {
  return {
    name,
    everyMs: 1,
    run: async () => {
      const turn = turns.shift();
      if (turns.length === 0) stop.abort();
      await turn?.();
    },
  };
}

test('a failed turn is logged with the name of its job, and the job runs again', async () => {
  const stop = new AbortController();
  const deps = openDeps();
  const err = new Error('the database is away');
  const turns = [() => Promise.reject(err), () => undefined];
  await runJobs([jobOf('archive-logs', stop, turns)], deps, stop.signal);
  expect(deps.logged).toEqual([{ err, job: 'archive-logs', message: 'background job failed' }]);
  expect(turns).toEqual([]);
});

test('a job that hangs does not delay the others', async () => {
  const stop = new AbortController();
  const hanging: BackgroundJob<Deps> = {
    name: 'hanging',
    everyMs: 1,
    run: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
  };
  const turns = [() => undefined, () => undefined, () => undefined];
  await runJobs([hanging, jobOf('other', stop, turns)], openDeps(), stop.signal);
  expect(turns).toEqual([]);
});

test('an abort ends the wait between two turns, and the error of an aborted turn is not logged', async () => {
  const stop = new AbortController();
  const deps = openDeps();
  const aborted = jobOf('aborted', stop, [() => Promise.reject(new Error('aborted'))]);
  let turns = 0;
  const waiting: BackgroundJob<Deps> = {
    name: 'waiting',
    everyMs: 3_600_000,
    run: async () => void (turns += 1),
  };
  await runJobs([waiting, aborted], deps, stop.signal);
  expect(turns).toBe(1);
  expect(deps.logged).toEqual([]);
});

test('no job runs after the abort', async () => {
  const deps = openDeps();
  const job = jobOf('late', new AbortController(), [() => Promise.reject(new Error('it ran'))]);
  await runJobs([job], deps, AbortSignal.abort());
  expect(deps.logged).toEqual([]);
});

test('many jobs on one signal look like no leak to Node', async () => {
  const stop = new AbortController();
  const warnings: string[] = [];
  const collect = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', collect);
  try {
    const jobs = Array.from({ length: 20 }, (_, n) => ({
      name: `job-${n}`,
      everyMs: 3_600_000,
      run: () => Promise.resolve(),
    }));
    const running = runJobs(jobs, openDeps(), stop.signal);
    await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort();
    await running;
  } finally {
    process.off('warning', collect);
  }
  expect(warnings).toEqual([]);
});
