import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { backends, eventually, startFleet, type Fleet } from '@rat/testing';

const ENDLESS = `SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) % 7 = 3`;

interface RunView {
  status: string;
  attempt: number;
  failure: { code: string; message: string; crash?: string } | null;
  error: string | null;
  attempts: { outcome: string | null; failure: { code: string; message: string } | null }[];
}

let fleet: Fleet;
beforeAll(async () => {
  const [backend = 'postgres'] = backends();
  const env = { RAT_RUNNER_CONCURRENCY: '1' };
  fleet = await startFleet({ backend, apis: 1, runners: 1, env, crashesChildren: true });
  await fleet.putPipeline('default/silver/crashing', { sql: ENDLESS, config: { max_retries: 0 } });
}, 60_000);
afterAll(() => fleet.close());

async function view(id: string): Promise<RunView> {
  return (await fleet.getJson(`/runs/${id}`)) as RunView;
}

/** All processes below the runner: a sandbox may wrap the executor. */
async function descendants(root: number): Promise<{ pid: number; ticks: number }[]> {
  const all = await Promise.all(
    (await readdir('/proc'))
      .filter((entry) => /^\d+$/.test(entry))
      .map(async (entry) => {
        const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const ticks = Number(fields[11]) + Number(fields[12]);
        return { pid: Number(entry), parent: Number(fields[1]), ticks };
      }),
  );
  const found: typeof all = [];
  for (let parents = [root]; parents.length > 0;) {
    const children = all.filter(({ parent }) => parents.includes(parent));
    found.push(...children);
    parents = children.map(({ pid }) => pid);
  }
  return found;
}

/**
 * Crashes the executor of the run while it is in its SQL, as a defect of the engine would. Returns
 * whether the run has ended; repeated until then. The process that has worked most is the executor
 * of the run; once in a while it is a spare one that has just started, and its end harms no run.
 */
async function crash(id: string): Promise<boolean> {
  const run = await view(id);
  if (run.status === 'failed') return true;
  const { logs } = (await fleet.getJson(`/runs/${id}/logs`)) as { logs: { message: string }[] };
  const begun = logs.filter((line) => line.message === 'Executing SQL...').length;
  if (run.status !== 'running' || begun !== run.attempt) return false;
  const [busiest] = (await descendants(fleet.runners[0]?.pid ?? 0)).toSorted(
    (a, b) => b.ticks - a.ticks,
  );
  if (busiest !== undefined) process.kill(busiest.pid, 'SIGSEGV');
  // The runner needs a moment to see the end of the process.
  await pause(500);
  return false;
}

test('a run whose SQL crashes its process twice is its author’s failure, even without retries', async () => {
  const id = await fleet.createRun('default/silver/crashing');
  await eventually('the run has ended', () => crash(id), 60_000);
  const run = await view(id);
  expect(run).toMatchObject({
    attempt: 2,
    failure: { code: 'sql_error' },
    error: expect.stringContaining('brought its process down twice (SIGSEGV)'),
  });
  expect(run.failure).not.toHaveProperty('crash');
}, 120_000);
