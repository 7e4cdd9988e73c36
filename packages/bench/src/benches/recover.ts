import { untilBuilding } from './cancel.ts';
import { firstRunner, withFleet, type BenchFleet } from '../bench-fleet.ts';
import type { Bench } from '../bench.ts';
import { openHttpClient } from '../http-client.ts';
import { row, type Goal } from '../measure.ts';
import { LONG_SQL } from '../long-sql.ts';

export const recover: Bench = {
  name: 'recover',
  measures:
    'SIGKILL of a runner in the middle of a run → the run is running on another, with a lease of 10 s',
  run: ({ quick }) =>
    withFleet({ runners: 1 }, async (fleet) => {
      await fleet.putPipeline('default/silver/bench', { sql: LONG_SQL });
      const http = openHttpClient(1);
      const ours: number[] = [];
      let runner = firstRunner(fleet);
      for (let round = 0; round < (quick ? 1 : 3); round += 1) {
        const id = await fleet.createRun('default/silver/bench');
        await untilBuilding(fleet, id);
        const next = await fleet.startRunner();
        const began = performance.now();
        runner.kill('SIGKILL');
        await untilAttempt(fleet, id, 2);
        ours.push((performance.now() - began) / 1_000);
        await http.post(fleet.url(`/runs/${id}/cancel`), {});
        await fleet.spy.waitFor(id, 'cancelled');
        runner = next;
      }
      http.close();
      const goals: Goal[] = [{ of: 'max', atMost: 15 }];
      return [row({ what: 'killed → running elsewhere', unit: 's', ours, goals })];
    }),
};

async function untilAttempt(fleet: BenchFleet, id: string, attempt: number): Promise<void> {
  for (;;) {
    const run = await fleet.spy.find(id);
    if (run?.status === 'running' && run.attempt >= attempt) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
