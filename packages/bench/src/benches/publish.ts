import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunDetail } from '@rat/contracts';
import { eventually } from '@rat/testing';
import { withFleet, type BenchFleet } from '../bench-fleet.ts';
import type { Bench } from '../bench.ts';
import { row, type Row } from '../measure.ts';
import { readPublishTimes, timingPublishes } from '../publish-times.ts';

const RUN_WITHIN_MS = 240_000;

export const publish: Bench = {
  name: 'publish',
  measures:
    'a run that appends one row, from the start of its phase `publish` to the answer of the COMMIT of the table’s new state and the run’s verdict',
  run: async ({ quick }) => {
    const folder = await mkdtemp(join(tmpdir(), 'rat-publish-'));
    const file = join(folder, 'publishes.jsonl');
    try {
      return await withFleet({ runners: 1, env: timingPublishes(file) }, (fleet) =>
        measurePublishes(fleet, { quick, file }),
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measurePublishes(
  fleet: BenchFleet,
  { quick, file }: { quick: boolean; file: string },
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const files of quick ? [10, 1_000] : [10, 1_000, 10_000]) {
    const path = `default/silver/files_${files}`;
    const config = { merge_strategy: 'append_only', partition_by: 'p' };
    await fleet.putPipeline(path, {
      sql: `SELECT range AS p, 1 AS n FROM range(${files})`,
      config,
    });
    await succeed(fleet, path);
    await fleet.putPipeline(path, { sql: 'SELECT 1::BIGINT AS p, 1 AS n', config });
    const ours: number[] = [];
    const whole: number[] = [];
    for (let round = -1; round < (quick ? 5 : 15); round += 1) {
      const run = await succeed(fleet, path);
      if (round < 0) continue;
      ours.push((await readPublishTimes(file, run)).wholeMs);
      whole.push(durationOf(run));
    }
    const what = `a table of ${files} data files`;
    rows.push(
      row({ what, unit: 'ms', ours, goals: [{ of: 'median', atMost: 30 }] }),
      row({ what: `${what}, the whole run`, unit: 'ms', ours: whole }),
    );
  }
  return rows;
}

/** Runs the pipeline once to its end; returns the run as the API presents it. */
export async function succeed(fleet: BenchFleet, path: string): Promise<RunDetail> {
  const id = await fleet.createRun(path);
  const ended = ['success', 'failed', 'cancelled'];
  await eventually(
    `run ${id} ends`,
    async () => ended.includes((await fleet.spy.find(id))?.status ?? ''),
    RUN_WITHIN_MS,
  );
  const run = (await fleet.getJson(`/runs/${id}`)) as RunDetail;
  if (run.status !== 'success') throw new Error(`run ${id} is ${run.status}: ${run.error}`);
  return run;
}

/** The milliseconds of a run that has ended. */
export function durationOf(run: RunDetail): number {
  if (run.duration_ms === null) throw new Error(`run ${run.id} has not ended`);
  return run.duration_ms;
}
