import { eventually, type Fleet } from '@rat/testing';
import { readdir, readFile } from 'node:fs/promises';
import { firstRunner } from '../bench-fleet.ts';
import { median, MINUTES, readRun, round, run, seconds, type Tell } from './table-facts.ts';

/** (c) More rows than fit into the memory of the run. */
export async function measureLarge(fleet: Fleet, tell: Tell): Promise<void> {
  const path = 'default/silver/large';
  const sql = 'SELECT i AS id, random() AS v, i % 1000 AS k FROM range(100000000) r(i)';
  await fleet.putPipeline(path, { sql, config: { timeout_seconds: 3_600 } });
  const id = await fleet.createRun(path);
  let peak = 0;
  await eventually(
    'the large run ends',
    async () => {
      peak = Math.max(peak, await childMemory(firstRunner(fleet).pid));
      const found = await fleet.spy.find(id);
      if (found?.status === 'failed') throw new Error('the large run failed');
      return found?.status === 'success';
    },
    30 * MINUTES,
  );
  const { duration_ms, rows_total } = await readRun(fleet, id);
  tell('large: full refresh', {
    rows: rows_total,
    seconds: seconds(duration_ms ?? 0),
    memory_limit_megabytes: 512,
    peak_of_the_executor_megabytes: Math.round(peak / 1e6),
  });
}

/** (d) Two runs on two tables, in parallel and alone. */
export async function measureTwoTables(fleet: Fleet, tell: Tell): Promise<void> {
  const paths = ['default/silver/left', 'default/silver/right'];
  for (const path of paths) {
    await fleet.putPipeline(path, {
      sql: 'SELECT i AS id, random() AS v FROM range(4000000) r(i)',
    });
    await run(fleet, path);
  }
  const alone: number[] = [];
  const beside: number[] = [];
  for (let n = 0; n < 3; n += 1) {
    for (const path of paths) alone.push((await run(fleet, path)).duration_ms ?? 0);
    const both = await Promise.all(paths.map((path) => run(fleet, path)));
    beside.push(...both.map((one) => one.duration_ms ?? 0));
  }
  tell('two tables at once: 4 million rows each', {
    alone_seconds: seconds(median(alone)),
    beside_each_other_seconds: seconds(median(beside)),
    ratio: round(median(beside) / median(alone)),
  });
}

/** The largest peak memory of the process's children in bytes; 0 on a system without `/proc`. */
async function childMemory(pid: number): Promise<number> {
  let most = 0;
  for (const entry of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(entry)) continue;
    const status = await readFile(`/proc/${entry}/status`, 'utf8').catch(() => '');
    if (!status.includes(`\nPPid:\t${pid}\n`)) continue;
    most = Math.max(most, Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1] ?? 0) * 1024);
  }
  return most;
}
