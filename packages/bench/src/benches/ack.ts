import { withFleet } from '../bench-fleet.ts';
import type { Bench } from '../bench.ts';
import { openHttpClient } from '../http-client.ts';
import { alternate, inParallel, row, timed, type Row, type Side } from '../measure.ts';

const RUN = { namespace: 'default', layer: 'silver', pipeline: 'bench' };

export const ack: Bench = {
  name: 'ack',
  measures: '`POST /runs` → 202',
  against: 'an Express route that does one `INSERT`',
  run: ({ quick }) =>
    withFleet({}, async (fleet) => {
      await fleet.putPipeline('default/silver/bench', { sql: 'SELECT 1 AS n' });
      const { port } = await fleet.startProgram('bare-express');
      const rows: Row[] = [];
      for (const clients of [1, 16]) {
        const http = openHttpClient(clients);
        const requests = clients * (quick ? 10 : 20);
        const side =
          (url: string): Side =>
          () =>
            inParallel(clients, requests, () => timed(() => http.post(url, RUN)));
        const { ours, baseline } = await alternate({
          rounds: quick ? 5 : 40 / Math.sqrt(clients),
          sides: {
            ours: side(fleet.url('/runs')),
            baseline: side(`http://127.0.0.1:${port}/runs`),
          },
        });
        http.close();
        rows.push(
          row({
            what: `${clients} client${clients > 1 ? 's' : ''}`,
            unit: 'ms',
            ours,
            baseline,
            goals: [
              { of: 'ratio', atMost: 2 },
              { of: 'p99', atMost: 25 },
            ],
          }),
        );
      }
      return rows;
    }),
};
