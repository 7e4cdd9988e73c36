import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { withFleet } from '../bench-fleet.ts';
import type { Bench } from '../bench.ts';
import { alternate, row, timed, type Goal } from '../measure.ts';
import { durationOf, succeed } from './publish.ts';

const MEMORY_MB = 1024;
const THREADS = availableParallelism();

/** Reads, joins and aggregates; its output is small compared with its input. */
const query = (orders: string, customers: string): string => `
SELECT c.region, o.day, count(*) AS orders, sum(o.amount) AS amount, count(DISTINCT o.customer) AS customers,
  max(o.amount * c.factor) AS top
FROM ${orders} o JOIN ${customers} c ON c.customer = o.customer
GROUP BY ALL`;

export const sqlOverhead: Bench = {
  name: 'sql_overhead',
  measures:
    'a pipeline over a Parquet landing zone: read, join, aggregate, write, publish; from its start to its end',
  against:
    'the same statement in one warm DuckDB that stays open, `COPY … TO`, with the same settings',
  run: ({ quick }) => {
    const rows = quick ? 1_000_000 : 10_000_000;
    const env = { RAT_RUNNER_CONCURRENCY: '1', RAT_RUNNER_MEMORY_MB: String(MEMORY_MB) };
    return withFleet({ runners: 1, env }, async (fleet) => {
      const zones = join(fleet.home, 'landing', 'default');
      const instance = await DuckDBInstance.create(':memory:', {
        threads: String(THREADS),
        memory_limit: `${MEMORY_MB}MiB`,
        temp_directory: join(fleet.home, 'bare-spill'),
        preserve_insertion_order: 'false',
        enable_external_file_cache: 'false',
      });
      const connection = await instance.connect();
      try {
        await makeZones(connection, zones, rows);
        const path = 'default/silver/sales';
        const zone = (name: string): string => `read_parquet({{ landing_zone('${name}') }})`;
        await fleet.putPipeline(path, { sql: query(zone('orders'), zone('customers')) });
        const files = (name: string): string => `read_parquet('${join(zones, name)}/*.parquet')`;
        const target = join(fleet.home, 'bare.parquet');
        // The executor's setting: a row group of each thread is at most an eighth of the memory.
        const rowGroup = `${Math.floor(MEMORY_MB / 8 / THREADS)}MiB`;
        const bare = `COPY (${query(files('orders'), files('customers'))})
          TO '${target}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE_BYTES '${rowGroup}')`;
        const measured = await alternate({
          rounds: quick ? 3 : 7,
          sides: {
            ours: async () => durationOf(await succeed(fleet, path)),
            baseline: () => timed(() => connection.run(bare)),
          },
        });
        const goals: Goal[] = [{ of: 'ratio', atMost: 1.1 }];
        return [row({ what: `${rows / 1e6} M rows`, unit: 'ms', ...measured, goals })];
      } finally {
        connection.closeSync();
        instance.closeSync();
      }
    });
  },
};

async function makeZones(connection: DuckDBConnection, zones: string, rows: number): Promise<void> {
  for (const name of ['orders', 'customers']) await mkdir(join(zones, name), { recursive: true });
  await connection.run(
    `COPY (SELECT range AS id, (hash(range) % 200000)::BIGINT AS customer, DATE '2026-01-01' + (hash(range + 1) % 365)::INTEGER AS day,
       (hash(range + 2) % 100000) / 100.0 AS amount FROM range(${rows}))
     TO '${join(zones, 'orders', 'orders.parquet')}' (FORMAT parquet)`,
  );
  await connection.run(
    `COPY (SELECT range AS customer, 'region ' || hash(range) % 50 AS region, 1 + range % 7 AS factor FROM range(200000))
     TO '${join(zones, 'customers', 'customers.parquet')}' (FORMAT parquet)`,
  );
}
