import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLogger } from '@rat/runtime';
import { openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import { openDatabase, type Database } from '../db/database.ts';
import { createRun } from '../runs/create-run.ts';
import { readStream } from './read-stream.ts';

const LINES = 20_000;
const PAGE = 500;

let store: StoreFixture;
let runId: string;
beforeAll(async () => {
  store = await openStoreFixture();
  ({ id: runId } = await createRun(store.db, { pipeline: ORDERS, trigger: { kind: 'manual' } }));
  await store.db.pool.query(
    `WITH moved AS (UPDATE runs SET last_seq = last_seq + $2 WHERE id = $1 RETURNING last_seq)
     INSERT INTO run_events (run_id, seq, attempt, kind, at, level, message)
     SELECT $1, last_seq - $2 + n, 0, 'log', now(), 'info', 'line ' || n FROM moved, generate_series(1, $2::int) n`,
    [runId, LINES],
  );
});
afterAll(() => store.close());

test('the pages of a stream are all its rows in order, each once', async () => {
  const seqs: number[] = [];
  for (;;) {
    const page = await readStream(store.db, { runId, afterSeq: seqs.length, limit: PAGE });
    if (page.kind !== 'rows') throw new Error('the stream is not archived');
    seqs.push(...page.rows.map(({ seq }) => seq));
    if (page.rows.length < PAGE) break;
  }
  expect(seqs).toEqual(Array.from({ length: LINES + 1 }, (_, n) => n + 1));
});

test('a page behind the highest number of a column is empty', async () => {
  const page = await readStream(store.db, { runId, afterSeq: 2_147_483_647, limit: PAGE });
  expect(page).toEqual({ kind: 'rows', rows: [] });
});

test('a page of a long stream reads no row that it does not have, also where the planner knows nothing of the table', async () => {
  const log = createLogger('test', { level: 'silent' });
  // One connection, so that the plan is that of the statement which `readStream` has prepared.
  const db = openDatabase({ url: store.url, maxConnections: 1, applicationName: 'test', log });
  try {
    await readStream(db, { runId, afterSeq: 1_000, limit: PAGE });
    for (const mode of ['force_custom_plan', 'force_generic_plan']) {
      await db.pool.query(`SET plan_cache_mode = ${mode}`);
      expect(await scannedRows(db)).toBe(PAGE);
    }
  } finally {
    await db.close();
  }
});

/** How many rows of the stream the statement of one page looks at. */
async function scannedRows(db: Database): Promise<number> {
  const { rows } = await db.pool.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE "read-events"('${runId}', 1000, ${PAGE})`,
  );
  const plan = rows[0]?.['QUERY PLAN'][0].Plan;
  return plan === undefined ? 0 : scannedBelow(plan);
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

function scannedBelow(node: PlanNode): number {
  const below = (node.Plans ?? []).reduce((sum, one) => sum + scannedBelow(one), 0);
  if (node['Relation Name'] !== 'run_events') return below;
  return below + node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0);
}
