import { eventually } from '../dist/index.js';
import { withFleet } from './bench-fleet.mjs';
import { row } from './measure.mjs';

const RUN_WITHIN_MS = 240_000;

export const publish = {
  name: 'publish',
  measures:
    'the phase `publish` of a run that appends one row: the table’s new state and the run’s verdict, committed',
  run: ({ quick }) =>
    withFleet({ runners: 1 }, async (fleet) => {
      const rows = [];
      for (const files of quick ? [10, 1_000] : [10, 1_000, 10_000]) {
        const path = `default/silver/files_${files}`;
        const config = { merge_strategy: 'append_only', partition_by: 'p' };
        await fleet.putPipeline(path, {
          sql: `SELECT range AS p, 1 AS n FROM range(${files})`,
          config,
        });
        await succeed(fleet, path);
        await fleet.putPipeline(path, { sql: 'SELECT 1::BIGINT AS p, 1 AS n', config });
        const ours = [];
        const whole = [];
        for (let round = -1; round < (quick ? 5 : 15); round += 1) {
          const run = await succeed(fleet, path);
          if (round < 0) continue;
          ours.push(run.phases.find((phase) => phase.name === 'publish').duration_ms);
          whole.push(run.duration_ms);
        }
        const what = `a table of ${files} data files`;
        rows.push(
          row({ what, unit: 'ms', ours, goals: [{ of: 'median', atMost: 30 }] }),
          row({ what: `${what}, the whole run`, unit: 'ms', ours: whole }),
        );
      }
      return rows;
    }),
};

/** One run, to its end; answers what the API says of it. */
export async function succeed(fleet, path) {
  const id = await fleet.createRun(path);
  const ended = ['success', 'failed', 'cancelled'];
  await eventually(
    `run ${id} ends`,
    async () => ended.includes((await fleet.spy.find(id))?.status),
    RUN_WITHIN_MS,
  );
  const run = await fleet.getJson(`/runs/${id}`);
  if (run.status !== 'success') throw new Error(`run ${id} is ${run.status}: ${run.error}`);
  return run;
}
