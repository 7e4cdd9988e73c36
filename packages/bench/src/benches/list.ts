import type { RunList } from '@rat/contracts';
import pg from 'pg';
import { withFleet, type BenchFleet } from '../bench-fleet.ts';
import type { Bench } from '../bench.ts';
import { openHttpClient, type HttpClient } from '../http-client.ts';
import { alternate, row, timed, type Row } from '../measure.ts';
import { seedPipelines, seedRuns } from '../seed-runs.ts';

const MILLION = 1_000_000;
const PIPELINES = 200;

/** The span of time over which the runs are spread, up to now; the same for every count. */
const DAYS = 30;

const SIZES = { '1 M': MILLION, '10 M': 10 * MILLION } as const;

/** The query of a page, and the condition of the bare statement that reads the same rows. */
type Query = readonly [query: string, where: string];

export const list: Bench = {
  name: 'list',
  measures: '`GET /runs`, 50 runs with their exact total',
  against: 'the same page by index and nothing else',
  run: ({ quick }) =>
    withFleet({}, async (fleet) => {
      const pool = new pg.Pool({ connectionString: fleet.databaseUrl, max: 4 });
      pool.on('error', () => undefined);
      const http = openHttpClient(1);
      try {
        await seedPipelines(fleet.databaseUrl, PIPELINES);
        const rows: Row[] = [];
        const small = new Map<string, number>();
        for (const size of quick ? (['1 M'] as const) : (['1 M', '10 M'] as const)) {
          await seedRuns(fleet.databaseUrl, { runs: SIZES[size], days: DAYS });
          for (const [what, query] of Object.entries(await queries(http, fleet))) {
            const measured = await measure({ fleet, pool, http, quick }, query);
            const one = row({
              what: `${size} runs, ${what}`,
              unit: 'ms',
              ...measured,
              goals: [{ of: 'p95', atMost: 50 }],
            });
            if (size === '1 M') small.set(what, one.ours.median);
            else addGrowth(one, one.ours.median / (small.get(what) ?? Number.NaN));
            rows.push(one);
          }
        }
        return rows;
      } finally {
        http.close();
        await pool.end();
      }
    }),
};

function addGrowth(one: Row, growth: number): void {
  one.goals.push({ goal: 'growth from 1 M ≤ 1.5 ×', value: growth, met: growth <= 1.5 });
}

/**
 * Every filter, on a first and a deep page. The bare statement reads the same rows by their index.
 */
async function queries(http: HttpClient, fleet: BenchFleet): Promise<Record<string, Query>> {
  const day = (n: number): string => new Date(Date.now() - n * 86_400_000).toISOString();
  const deep = async (filter: string, column: string): Promise<Query> => {
    const { total } = await http.get<RunList>(fleet.url(`/runs?limit=1&${filter}`));
    return [`${filter}&offset=${Math.floor(total / 2)}`, column];
  };
  const cursor = await cursorOf(http, fleet);
  return {
    'no filter': ['', 'true'],
    'no filter, half-way by offset': await deep('', 'true'),
    'no filter, page 100 by cursor': [`cursor=${cursor}`, 'true'],
    'by namespace': ['namespace=default', `namespace = 'default'`],
    'by layer': ['layer=gold', `layer = 'gold'`],
    'by pipeline': ['pipeline=bench_7', `pipeline = 'bench_7'`],
    'by address': [
      'namespace=default&layer=silver&pipeline=bench_7',
      `namespace = 'default' AND layer = 'silver' AND pipeline = 'bench_7'`,
    ],
    'by address, half-way by offset': await deep(
      'namespace=default&layer=silver&pipeline=bench_7',
      `namespace = 'default' AND layer = 'silver' AND pipeline = 'bench_7'`,
    ),
    'by status success': ['status=success', `status = 'success'`],
    'by status failed': ['status=failed', `status = 'failed'`],
    'by two statuses': ['status=failed,cancelled', `status IN ('failed', 'cancelled')`],
    'by status failed, half-way by offset': await deep('status=failed', `status = 'failed'`),
    'by status and address': [
      'status=failed&namespace=default&layer=silver&pipeline=bench_7',
      `status = 'failed' AND namespace = 'default' AND layer = 'silver' AND pipeline = 'bench_7'`,
    ],
    'from a day ago': [`from=${day(1)}`, `created_at > '${day(1)}'`],
    'between 20 and 3 days ago': [
      `from=${day(20)}&to=${day(3)}`,
      `created_at > '${day(20)}' AND created_at < '${day(3)}'`,
    ],
    'by status, before a week ago': [
      `status=failed&to=${day(7)}`,
      `status = 'failed' AND created_at < '${day(7)}'`,
    ],
  };
}

async function cursorOf(http: HttpClient, fleet: BenchFleet): Promise<string> {
  let cursor: string | null = '';
  for (let page = 0; page < 100; page += 1) {
    const answer: RunList = await http.get(
      fleet.url(`/runs?limit=50${cursor && `&cursor=${cursor}`}`),
    );
    cursor = answer.next_cursor;
  }
  return cursor ?? '';
}

function measure(
  {
    fleet,
    pool,
    http,
    quick,
  }: { fleet: BenchFleet; pool: pg.Pool; http: HttpClient; quick: boolean },
  [query, where]: Query,
): Promise<{ ours: number[]; baseline: number[] }> {
  const url = fleet.url(`/runs?limit=50&${query}`);
  const bare = `SELECT * FROM runs WHERE ${where} ORDER BY created_at DESC, id DESC LIMIT 50`;
  return alternate({
    rounds: quick ? 15 : 40,
    sides: {
      ours: () => timed(() => http.get(url)),
      baseline: () => timed(() => pool.query(bare)),
    },
  });
}
