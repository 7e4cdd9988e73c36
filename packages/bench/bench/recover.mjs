import { untilBuilding } from './cancel.mjs';
import { withFleet } from './bench-fleet.mjs';
import { openHttpClient } from './http-client.mjs';
import { row } from './measure.mjs';
import { LONG_SQL } from './long-sql.mjs';

export const recover = {
  name: 'recover',
  measures:
    'SIGKILL of a runner in the middle of a run → the run is running on another, with a lease of 10 s',
  run: ({ quick }) =>
    withFleet({ runners: 1 }, async (fleet) => {
      await fleet.putPipeline('default/silver/bench', { sql: LONG_SQL });
      const http = openHttpClient(1);
      const ours = [];
      let runner = fleet.runners[0];
      for (let round = 0; round < (quick ? 1 : 3); round += 1) {
        const id = await fleet.createRun('default/silver/bench');
        await untilBuilding(http, fleet, id);
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
      const goals = [{ of: 'max', atMost: 15 }];
      return [row({ what: 'killed → running elsewhere', unit: 's', ours, goals })];
    }),
};

async function untilAttempt(fleet, id, attempt) {
  for (;;) {
    const run = await fleet.spy.find(id);
    if (run.status === 'running' && run.attempt >= attempt) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
