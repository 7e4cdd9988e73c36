import { withFleet } from '../bench-fleet.ts';
import type { Bench } from '../bench.ts';
import { openHttpClient } from '../http-client.ts';
import { row, type Goal, type Row } from '../measure.ts';
import { ends, executeRuns, putPipelines } from './throughput.ts';

const SLOTS = 2;
const WORK_MS = 200;

/** The upper bound of the rate: every slot does work all the time. */
const linear = (runners: number): number => (runners * SLOTS * 1_000) / WORK_MS;

const rate = (runs: number, ms: number): number => (runs * 1_000) / ms;

/** The rate without the start and the end of a round, where slots are empty for lack of work. */
function busyRate(times: readonly number[], slots: number): number {
  const last = times.length - slots - 1;
  return rate(last, timeAt(times, last) - timeAt(times, 0));
}

function timeAt(times: readonly number[], n: number): number {
  const time = times[n];
  if (time === undefined) throw new Error(`the round has no end ${n}`);
  return time;
}

export const scale: Bench = {
  name: 'scale',
  measures: `runs of ${WORK_MS} ms on runners of ${SLOTS} slots each`,
  against: 'slots × 5 runs/s, which nothing can exceed',
  run: async ({ quick }) => {
    const rows: Row[] = [];
    for (const runners of quick ? [1, 4] : [1, 2, 4, 8]) {
      const measured = await withFleet({}, async (fleet) => {
        await putPipelines(fleet);
        for (let n = 0; n < runners; n += 1) {
          const env = { NAME: `s${n}`, SLOTS: String(SLOTS), WORK_MS: String(WORK_MS) };
          await fleet.startProgram('simulated-runner', env);
        }
        const http = openHttpClient(16);
        const successes = ends();
        const silence = await fleet.onHint(
          (hint) => hint.kind === 'moved' && hint.status === 'success' && successes.add(),
        );
        const rates: { whole: number; busy: number }[] = [];
        // Each round is five seconds of work; the first round is a warm-up.
        for (let round = -1; round < (quick ? 1 : 4); round += 1) {
          const count = linear(runners) * (round < 0 ? 1 : 5);
          const began = performance.now();
          const times = await executeRuns(fleet, http, successes, count);
          if (round < 0) continue;
          rates.push({
            whole: rate(count, timeAt(times, times.length - 1) - began),
            busy: busyRate(times, runners * SLOTS),
          });
        }
        silence();
        http.close();
        return rates;
      });
      const what = `${runners} runner${runners > 1 ? 's' : ''}`;
      const baseline = measured.map(() => linear(runners));
      const [whole, busy] = [measured.map((one) => one.whole), measured.map((one) => one.busy)];
      const goals: Goal[] = [{ of: 'ratio', atLeast: 0.9 }];
      rows.push(
        row({ what, unit: 'runs/s', ours: whole, baseline, goals }),
        row({ what: `${what}, while every slot has work`, unit: 'runs/s', ours: busy, baseline }),
      );
    }
    return rows;
  },
};
