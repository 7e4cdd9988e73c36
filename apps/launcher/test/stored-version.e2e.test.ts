import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createRunSpy,
  createTestDatabase,
  eventually,
  listeningUrl,
  onServer,
  type RunSpy,
  type ServiceProcess,
  startNode,
  type TestDatabase,
} from '@rat/testing';
import {
  readStoredAnswers,
  restoreDatabase,
  restoreFiles,
  type RestoredFolders,
  type StoredAnswer,
} from './restore-stored-version.ts';

/**
 * Keys that a version after the stored one may add to an object of an answer. The documentation of
 * the API describes each of them. Where the stored object has such a key, it must be the same.
 * Nothing else may differ.
 */
const ADDED_KEYS: readonly string[] = [
  // A run in a list; and a run in full, which had the first four before.
  'kind',
  'pipeline_version',
  'pool',
  'failure',
  'disposition',
  'progress',
  'requested_by',
  'group_id',
  // A run in full.
  'params',
  'schedule_id',
  'trigger_id',
  'firing_id',
  'caused_by',
  'log',
  // The quarantine of a run.
  'kept_until',
  // A trigger, a firing, and a reason of why-not.
  'hidden',
  'managed_by',
  'request_id',
  'trace_id',
  'interval',
  // An attempt; a run had its own before.
  'phases',
  // A namespace.
  'quotas',
  'quota_use',
  // The failure of a run.
  'source_line',
  'source_column',
  // A pipeline.
  'draft_dirty',
  'version_author',
  'version_message',
  'config_yaml',
  'automation_yaml',
  'type',
  'owner',
  's3_path',
  'published_at',
  'published_versions',
  'max_versions',
  // A quality test of a pipeline.
  'sql',
  'published',
  // The answer to a write of a pipeline.
  'warnings',
  // The answer to a query.
  'total_rows',
  // A table.
  'row_count',
  'size_bytes',
  // A file of a landing zone.
  'id',
  'zone_id',
  'filename',
  's3_path',
  'size_bytes',
  'content_type',
  'uploaded_by',
  'uploaded_at',
];
/** Keys whose null is the empty text in this version, as clients of the reference platform expect. */
const NOW_TEXT_KEYS: readonly string[] = ['description', 'remediation'];
/** Keys with a different value at each request: how long a query took. */
const MEASURED_KEYS: readonly string[] = ['duration_ms'];

/** One client may hold all query places but one. */
const REQUESTS_AT_ONCE = 4;
const QUERY_PLACES = REQUESTS_AT_ONCE + 1;

let database: TestDatabase;
let folders: RestoredFolders;
let spy: RunSpy;
let url: string;
let answers: StoredAnswer[];
const processes: ServiceProcess[] = [];

beforeAll(async () => {
  answers = await readStoredAnswers();
  folders = await restoreFiles();
  database = await createTestDatabase();
  await emptyDatabase(database.url);
  await restoreDatabase(database.url, folders.warehouse);
  spy = createRunSpy(database.url);
  const api = start('api', { PORT: '0' });
  url = await listeningUrl(api);
  await startRunner();
  await eventually('the API has a runner', async () => (await fetch(`${url}/health/ready`)).ok);
}, 60_000);

afterAll(async () => {
  await Promise.all(processes.map((one) => one.stop()));
  await spy.close();
  await database.close();
  await rm(folders.parent, { recursive: true, force: true });
});

test.each([
  ['lists of runs', /^\/runs(\?|$)/],
  ['runs with their attempts, receipts and quality results', /^\/runs\/[^/]+(\/quality|\/why)?$/],
  ['logs of runs, archived or in the database, in every format,', /^\/runs\/[^/]+\/logs/],
  ['pipelines with their tests and the history of each test', /^\/pipelines/],
  ['tables with their columns, snapshots and branches', /^\/tables/],
  ['rows of every table in main, in its oldest snapshot and on every branch', /^\/query/],
  ['landing zones with their waiting and their processed files', /^\/landing-zones/],
])(
  'the stored version’s %s read the same',
  async (_, paths) => {
    const stored = answers.filter(({ request }) => paths.test(request.path));
    expect(stored.length).toBeGreaterThan(3);
    await expectTheSame(stored);
  },
  120_000,
);

test('every stored answer belongs to a group of this test', () => {
  const groups = /^\/(runs|pipelines|tables|query|landing-zones)\b/;
  expect(answers.filter(({ request }) => !groups.test(request.path))).toEqual([]);
});

test('logs of the stored version read the same after this version has archived them', async () => {
  const moved = await unarchivedRuns();
  expect(moved.length).toBeGreaterThan(10);
  await startRunner({ RAT_LOG_ARCHIVE_MINUTES: '1', RAT_RUNNER_POOLS: 'none' });
  await eventually('all logs are archived', async () => (await unarchivedRuns()).length === 0);
  const paths = moved.map((id) => `/runs/${id}/logs`);
  await expectTheSame(
    answers.filter(({ request }) => paths.some((path) => request.path.startsWith(path))),
  );
}, 120_000);

test.each<[string, string, string, unknown[]]>([
  [
    'bronze/full_refresh',
    `SELECT 7 AS id, 'seven' AS word`,
    'SELECT id, word FROM t',
    [[7, 'seven']],
  ],
  [
    'bronze/append_only',
    `SELECT 7 AS id, 'seven' AS word`,
    'SELECT id, word FROM t ORDER BY ALL',
    [
      [1, 'one'],
      [2, 'two'],
      [2, 'two'],
      [3, null],
      [7, 'seven'],
    ],
  ],
  [
    'silver/incremental',
    `SELECT * FROM (VALUES (2, 'deux', 60), (5, 'not after the watermark', 50), (NULL, 'rien', 70)) s(id, word, stamp)
     WHERE stamp > {{ watermark_value }}`,
    'SELECT id, word, stamp FROM t ORDER BY ALL',
    [
      [1, 'one', 10],
      [2, 'deux', 60],
      [4, 'vier', 50],
      [null, 'rien', 70],
    ],
  ],
  [
    'silver/delete_insert',
    `SELECT DATE '2026-01-01' AS day, 7 AS n`,
    'SELECT n FROM t ORDER BY ALL',
    [[4], [5], [6], [7]],
  ],
  [
    'silver/snapshot',
    `SELECT 'north' AS region, 7 AS n`,
    'SELECT region, n FROM t ORDER BY ALL',
    [
      ['north', 7],
      ['south', 4],
      ['west', 5],
    ],
  ],
  [
    'silver/scd2',
    `SELECT * FROM (VALUES (1, 'uno'), (3, 'tres')) s(id, word)`,
    'SELECT id, word, is_current, valid_to IS NULL FROM t ORDER BY id, valid_from',
    [
      [1, 'one', false, false],
      [1, 'uno', true, true],
      [2, 'two', false, false],
      [2, 'zwei', false, false],
      [3, 'three', false, false],
      [3, 'tres', true, true],
    ],
  ],
  [
    'silver/partitioned',
    `SELECT 10 AS id, TIMESTAMP '2026-01-01 06:00:00' AS stamp, 'delta' AS word`,
    `SELECT count(*)::INTEGER, sum(id)::INTEGER, count(*) FILTER (word = 'delta')::INTEGER FROM t`,
    [[11, 55, 1]],
  ],
  [
    'silver/evolved',
    'SELECT 5 AS id, [7] AS added, true AS newer',
    'SELECT id, added, newer, gone FROM t ORDER BY ALL',
    [
      ['1', null, null, 'old'],
      ['5', [7], true, null],
      ['3000000000', [1, null], null, null],
    ],
  ],
])(
  'a run of this version continues the stored table %s',
  async (name, sql, query, rows) => {
    const pipeline = await send('GET', `/pipelines/stored/${name}`);
    await send('PUT', `/pipelines/stored/${name}`, { sql, config: pipeline['config'] });
    await run(name);
    expect(await read(query.replace(/\bt\b/, name.replace('/', '.')))).toEqual(rows);
  },
  30_000,
);

test('a stored run in quarantine can be published by this version', async () => {
  const [held] = await runsOf('held', 'failed');
  await send('POST', `/runs/${held}/publish`, { reason: 'it is fine' });
  expect(await read('SELECT n FROM silver.held ORDER BY n')).toEqual([[9], [10], [11], [12]]);
});

test('maintenance of this version keeps the rows of a stored table', async () => {
  const rows = 'SELECT n, word FROM bronze.small ORDER BY n';
  const before = await read(rows);
  expect(before).toHaveLength(6);
  const table = { namespace: 'stored', layer: 'bronze', table: 'small' };
  const { runs } = await send('POST', '/maintenance', table);
  for (const { run_id: id } of runs as { run_id: string }[]) await spy.waitFor(id, 'success');
  expect(await read(rows)).toEqual(before);
}, 30_000);

test('this version executes a run that waited when the stored version ended', async () => {
  const [waiting = ''] = await runsOf('waiting', 'pending');
  await startRunner({ RAT_RUNNER_POOLS: 'later' });
  await spy.waitFor(waiting, 'success');
  expect(await read('SELECT n FROM silver.waiting')).toEqual([[42]]);
}, 30_000);

function start(app: 'api' | 'runner', more: Record<string, string>): ServiceProcess {
  const started = startNode(`apps/${app}/dist/main.js`, {
    DATABASE_URL: database.url,
    RAT_HOME: folders.home,
    RAT_WAREHOUSE: folders.warehouse,
    RAT_LANDING_DIR: folders.landing,
    RAT_LEASE_SECONDS: '30',
    RAT_DRAIN_SECONDS: '1',
    RAT_RUNNER_MEMORY_MB: '1024',
    RAT_QUERY_MEMORY_MB: '128',
    RAT_QUERY_CONCURRENCY: String(QUERY_PLACES),
    // The stored runs grow old: their age must change nothing.
    RAT_RUNS_MAX_AGE_DAYS: '0',
    RAT_KEEP_DAYS: '3650',
    RAT_MAINTENANCE_HOURS: '0',
    RAT_LOG_ARCHIVE_MINUTES: '0',
    ...more,
  });
  processes.push(started);
  return started;
}

async function startRunner(more: Record<string, string> = {}): Promise<void> {
  await start('runner', more).waitForLine(/"runner started"/);
}

/** Removes all that this version's migrations made, for those of the stored version. */
async function emptyDatabase(databaseUrl: string): Promise<void> {
  await onServer(databaseUrl, async (client) => {
    const found = await client.query<{ name: string }>(
      `SELECT nspname AS name FROM pg_namespace
       WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'`,
    );
    for (const { name } of found.rows) await client.query(`DROP SCHEMA "${name}" CASCADE`);
    await client.query('CREATE SCHEMA public');
  });
}

async function expectTheSame(stored: StoredAnswer[]): Promise<void> {
  const waiting = [...stored];
  const askNext = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const { request, answer } = one;
      const now = await ask(request.method ?? 'GET', request.path, withArrays(request));
      // The request is part of what is compared, so that a difference names it.
      const before = comparable(request, answer);
      expect(
        withoutAdded({ request, ...comparable(request, now) }, { request, ...before }),
      ).toEqual({
        request,
        ...before,
      });
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, askNext));
}

/** The stored version answered rows as arrays only; this version does where a client asks for them. */
function withArrays({ path, body }: StoredAnswer['request']): unknown {
  return path === '/query' && isObject(body) ? { ...body, rows_as: 'arrays' } : body;
}

/**
 * JSON is compared by its values, every other format byte for byte. The one exception is the first
 * line of an event stream, a random time to wait before a new connection.
 */
function comparable(request: StoredAnswer['request'], answer: StoredAnswer['answer']): object {
  if (answer.type !== 'application/json') {
    return { ...answer, text: answer.text.replace(/^retry: \d+\n/, '') };
  }
  const drop = request.path === '/query' ? MEASURED_KEYS : [];
  const body: unknown = JSON.parse(answer.text, (key, value: unknown) =>
    drop.includes(key) ? undefined : value,
  );
  return { status: answer.status, body };
}

/** The answer without the added keys of each object whose stored counterpart has no such key. */
function withoutAdded(now: unknown, before: unknown): unknown {
  if (Array.isArray(now) && Array.isArray(before)) {
    return now.map((one: unknown, index) => withoutAdded(one, before[index]));
  }
  if (!isObject(now) || !isObject(before)) return now;
  const kept = Object.entries(now).filter(([key]) => key in before || !ADDED_KEYS.includes(key));
  return Object.fromEntries(
    kept.map(([key, value]) => {
      const wasNull = NOW_TEXT_KEYS.includes(key) && value === '' && before[key] === null;
      return [key, wasNull ? null : withoutAdded(value, before[key])];
    }),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function ask(method: string, path: string, body?: unknown): Promise<StoredAnswer['answer']> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  return { status: response.status, type, text: await response.text() };
}

async function send(
  method: string,
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const answer = await ask(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return JSON.parse(answer.text) as Record<string, unknown>;
}

async function run(name: string): Promise<void> {
  const [layer, pipeline] = name.split('/');
  const { run_id: id } = await send('POST', '/runs', { namespace: 'stored', layer, pipeline });
  await spy.waitFor(String(id), 'success');
}

async function read(sql: string): Promise<unknown> {
  return (await send('POST', '/query', { sql, namespace: 'stored', rows_as: 'arrays' }))['rows'];
}

async function runsOf(pipeline: string, status: string): Promise<string[]> {
  const { runs } = await send(
    'GET',
    `/runs?namespace=stored&pipeline=${pipeline}&status=${status}`,
  );
  return (runs as { id: string }[]).map(({ id }) => id);
}

async function unarchivedRuns(): Promise<string[]> {
  let ids: string[] = [];
  await onServer(database.url, async (client) => {
    const found = await client.query<{ id: string }>(
      'SELECT id FROM runs WHERE finished_at IS NOT NULL AND archived_at IS NULL',
    );
    ids = found.rows.map(({ id }) => id);
  });
  return ids;
}
