import { withFleet } from './bench-fleet.mjs';
import { openHttpClient } from './http-client.mjs';
import { row } from './measure.mjs';
import { ends, putPipelines, runsPerSecond } from './throughput.mjs';

const SLOTS = 2;
const WORK_MS = 200;

/** What so many slots can do at most, were nothing but the work to be done. */
const linear = (runners) => (runners * SLOTS * 1_000) / WORK_MS;

export const scale = {
  name: 'scale',
  measures: `runs of ${WORK_MS} ms on runners of ${SLOTS} slots each`,
  against: 'slots × 5 runs/s, which nothing can exceed',
  run: async ({ quick }) => {
    const rows = [];
    for (const runners of quick ? [1, 4] : [1, 2, 4, 8]) {
      const ours = await withFleet({}, async (fleet) => {
        await putPipelines(fleet);
        for (let n = 0; n < runners; n += 1) {
          const env = { NAME: `s${n}`, SLOTS: String(SLOTS), WORK_MS: String(WORK_MS) };
          await fleet.startProgram('simulated-runner', env);
        }
        const http = openHttpClient(16);
        const successes = ends();
        const silence = await fleet.onHint((hint) => hint.status === 'success' && successes.add());
        const rates = [];
        // Five seconds of work a round, after one that warms up.
        for (let round = -1; round < (quick ? 1 : 2); round += 1) {
          const count = linear(runners) * (round < 0 ? 1 : 5);
          const rate = await runsPerSecond(fleet, http, successes, count);
          if (round >= 0) rates.push(rate);
        }
        silence();
        http.close();
        return rates;
      });
      const baseline = ours.map(() => linear(runners));
      const what = `${runners} runner${runners > 1 ? 's' : ''}`;
      rows.push(
        row({ what, unit: 'runs/s', ours, baseline, goals: [{ of: 'ratio', atLeast: 0.9 }] }),
      );
    }
    return rows;
  },
};
