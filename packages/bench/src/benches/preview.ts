import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { withFleet } from '../bench-fleet.ts';
import type { Bench } from '../bench.ts';
import { alternate, row, timed, type Goal } from '../measure.ts';
import { succeed } from './publish.ts';

const LIMIT = 100;
const BETWEEN_MS = 1_500;
const REPEATS = { quick: 5, full: 15 };

const QUERIES = {
  'first rows': 'SELECT * FROM flights',
  'first rows of an order': 'SELECT * FROM flights ORDER BY delay DESC, id',
  'first rows of groups': 'SELECT carrier, day, avg(delay) AS delay FROM flights GROUP BY ALL',
} as const;

/** The table: three million rows, as those of the demo. */
const FLIGHTS = `SELECT range AS id, 'C' || (hash(range) % 40) AS carrier, DATE '2026-01-01' + (hash(range + 1) % 365)::INTEGER AS day,
  (hash(range + 2) % 300)::INTEGER - 20 AS delay, 'flight ' || range AS label FROM range(ROWS)`;

export const preview: Bench = {
  name: 'preview',
  measures:
    'the first 100 rows of a pipeline that is not stored, over a table of three million rows: from the request to the whole answer',
  against:
    'the same `LIMIT` query over the same files, in a process with DuckDB that is started for it',
  run: ({ quick }) => {
    const rows = quick ? 500_000 : 3_000_000;
    const env = { RAT_RUNNER_CONCURRENCY: '1', RAT_RUNNER_MEMORY_MB: '1024' };
    return withFleet({ runners: 1, env }, async (fleet) => {
      const path = 'default/bronze/flights';
      await fleet.putPipeline(path, { sql: FLIGHTS.replace('ROWS', String(rows)) });
      await succeed(fleet, path);
      const files = `${fleet.home}/warehouse/**/*.parquet`;
      const goals: Goal[] = [{ of: 'ratio', atMost: 1.5 }];
      const measured = [];
      const instance = await DuckDBInstance.create(':memory:');
      const connection = await instance.connect();
      for (const [what, sql] of Object.entries(QUERIES)) {
        const asked = sql.replace('flights', "{{ ref('bronze.flights') }}");
        const bare = `SELECT * FROM (${sql.replace('flights', `read_parquet('${files}')`)}) LIMIT ${LIMIT}`;
        const sides = await alternate({
          rounds: quick ? REPEATS.quick : REPEATS.full,
          sides: {
            ours: async () => {
              // An author looks at rows between two previews; meanwhile the next process starts.
              await sleep(BETWEEN_MS);
              return timed(() => ask(fleet.url('/pipelines/preview'), asked));
            },
            baseline: async () => {
              const { ms } = await runBare(fleet.startProgram, bare);
              return ms;
            },
            open: () => timed(() => connection.runAndReadAll(bare)),
          },
        });
        const { ours, baseline, open } = sides;
        measured.push(row({ what, unit: 'ms', ours, baseline, goals }));
        const beside = `${what}, beside a DuckDB that stays open`;
        measured.push(row({ what: beside, unit: 'ms', ours, baseline: open }));
      }
      connection.closeSync();
      instance.closeSync();
      return measured;
    });
  },
};

async function ask(url: string, sql: string): Promise<void> {
  const ref = { namespace: 'default', layer: 'silver', name: 'unsaved' };
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ref, files: { sql }, limit: LIMIT }),
  });
  const { rows } = (await response.json()) as { rows?: unknown[] };
  if (rows?.length !== LIMIT) throw new Error(`the preview answered ${response.status}`);
}

/** From the start of the process until it has printed the number of rows. */
async function runBare(
  startProgram: (
    name: string,
    env: Record<string, string>,
  ) => Promise<{ program: { stop: () => Promise<unknown> } }>,
  sql: string,
): Promise<{ ms: number }> {
  const began = performance.now();
  const { program } = await startProgram('bare-duckdb', { SQL: sql });
  const ms = performance.now() - began;
  await program.stop();
  return { ms };
}
