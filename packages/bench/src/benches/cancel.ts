import { DuckDBInstance } from '@duckdb/node-api';
import { mailbox, withFleet, type BenchFleet } from '../bench-fleet.ts';
import type { Bench } from '../bench.ts';
import { openHttpClient } from '../http-client.ts';
import { alternate, row, type Goal } from '../measure.ts';
import { LONG_SQL } from '../long-sql.ts';

const RUN = { namespace: 'default', layer: 'silver', pipeline: 'bench' };

export const cancel: Bench = {
  name: 'cancel',
  measures: '`POST /cancel` of a run in the middle of its SQL → it has stopped, nothing of it left',
  against: 'DuckDB’s `interrupt()` of the same statement',
  run: ({ quick }) =>
    withFleet({ runners: 1 }, async (fleet) => {
      await fleet.putPipeline('default/silver/bench', { sql: LONG_SQL });
      const http = openHttpClient(1);
      const runs = mailbox();
      const silence = await fleet.onHint(
        (hint) => hint.kind === 'moved' && runs.put(`${hint.runId} ${hint.status}`),
      );
      const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
      const connection = await instance.connect();
      try {
        const measured = await alternate({
          rounds: quick ? 5 : 100,
          sides: {
            ours: async () => {
              const { run_id: id } = await http.post<{ run_id: string }>(fleet.url('/runs'), RUN);
              await untilBuilding(fleet, id);
              const began = performance.now();
              await http.post(fleet.url(`/runs/${id}/cancel`), {});
              return (await runs.take(`${id} cancelled`)) - began;
            },
            baseline: async () => {
              const stopped = connection.run(LONG_SQL).then(
                () => Promise.reject(new Error('it was to be interrupted')),
                () => performance.now(),
              );
              // DuckDB gives no sign of progress; after 200 ms the statement is certainly active.
              await new Promise((resolve) => setTimeout(resolve, 200));
              const began = performance.now();
              connection.interrupt();
              return (await stopped) - began;
            },
          },
        });
        const goals: Goal[] = [{ of: 'p99', atMost: 500 }];
        return [row({ what: 'requested → stopped', unit: 'ms', ...measured, goals })];
      } finally {
        silence();
        connection.closeSync();
        instance.closeSync();
        http.close();
      }
    }),
};

/** Waits until the run reports progress, which only an active statement does. */
export async function untilBuilding(fleet: BenchFleet, id: string): Promise<void> {
  for (;;) {
    const found = await fleet.query(
      `SELECT 1 FROM run_events WHERE run_id = '${id}' AND kind IN ('progress', 'log') AND phase IN ('write', 'build') LIMIT 1`,
    );
    if (found.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
