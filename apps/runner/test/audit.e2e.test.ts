import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startFleet, type Fleet } from '@rat/testing';

const PATH = 'default/silver/audited';

interface Body {
  run_id?: string;
  status?: string;
  trigger?: string;
  kind?: string;
  quarantine?: object | null;
  failure?: { code: string } | null;
  results?: { name: string; status: string; violations: number }[];
}

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
}, 60_000);
afterAll(() => fleet.close());

const get = async (path: string): Promise<Body> => (await fleet.getJson(path)) as Body;

async function put(tests: object[], sql = 'SELECT range AS n FROM range(3)'): Promise<void> {
  await fleet.putPipeline(PATH, { sql, quality_tests: tests });
}

async function post(path: string, headers = {}): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${fleet.apis[0]?.url}/api/v1${path}`, { method: 'POST', headers });
  return { status: response.status, body: (await response.json()) as Body };
}

async function audit(ends: 'success' | 'failed'): Promise<string> {
  const { status, body } = await post(`/pipelines/${PATH}/tests/run`);
  expect({ status, body }).toMatchObject({ status: 202 });
  const id = body.run_id ?? '';
  await fleet.spy.waitFor(id, ends);
  return id;
}

async function pointer(): Promise<string | undefined> {
  const [row] = await fleet.query<{ metadata_location: string }>(
    'SELECT metadata_location FROM lake.iceberg_tables',
  );
  return row?.metadata_location;
}

const BELOW_2 = { name: 'below-2', sql: 'SELECT * FROM {{ this }} WHERE n >= 2' };
const BELOW_9 = { name: 'below-9', sql: 'SELECT * FROM {{ this }} WHERE n >= 9' };

test('a table that no run has published cannot be audited', async () => {
  await put([BELOW_9]);
  const id = await audit('failed');
  expect(await get(`/runs/${id}`)).toMatchObject({ failure: { code: 'source_not_found' } });
  expect((await post('/pipelines/default/silver/nobody/tests/run')).status).toBe(404);
});

test('an audit runs the current tests on the published table, and changes nothing', async () => {
  await put([]);
  await fleet.spy.waitFor(await fleet.createRun(PATH), 'success');
  const before = await pointer();
  // The tests read the published table, not what the pipeline would write now.
  await put([BELOW_2, BELOW_9], 'SELECT 99 AS n');
  const id = await audit('failed');
  expect(await get(`/runs/${id}/quality`)).toMatchObject({
    results: [
      { name: 'below-2', status: 'failed', violations: 1 },
      { name: 'below-9', status: 'passed', violations: 0 },
    ],
  });
  expect(await get(`/runs/${id}`)).toMatchObject({
    kind: 'audit',
    trigger: 'tests',
    failure: { code: 'quality_failed' },
    quarantine: null,
  });
  expect((await post(`/runs/${id}/discard`)).status).toBe(409);

  await put([BELOW_9], 'SELECT 99 AS n');
  await audit('success');
  expect(await pointer()).toBe(before);
  const history = await get(`/pipelines/${PATH}/tests/below-9/history`);
  expect(history.results).toMatchObject([{ status: 'passed' }, { status: 'passed' }]);
});

test('an audit answers its results, and only its id to a client that does not wait', async () => {
  await put([BELOW_9, { ...BELOW_2, severity: 'warn' }]);
  await fleet.spy.waitFor(await fleet.createRun(PATH), 'success');
  const { status, body } = await post(`/pipelines/${PATH}/tests/run`);
  expect(status).toBe(202);
  const one = { severity: 'error', expected: 0, duration_ms: expect.any(Number) };
  expect(body).toEqual({
    run_id: expect.any(String),
    status: 'success',
    results: [
      { ...one, name: 'below-2', status: 'warned', severity: 'warn', value: 1 },
      { ...one, name: 'below-9', status: 'passed', value: 0 },
    ],
    passed: 1,
    failed: 1,
    total: 2,
  });
  const prefer = { Prefer: 'wait=5, Respond-Async;x=1' };
  const other = await post(`/pipelines/${PATH}/tests/run`, prefer);
  expect(other).toEqual({
    status: 202,
    body: {
      run_id: expect.any(String),
      status: 'pending',
      results: [],
      passed: 0,
      failed: 0,
      total: 0,
    },
  });
  await fleet.spy.waitFor(other.body.run_id ?? '', 'success');
});

test('an audit that cannot read its table says why, and no test of it passed', async () => {
  await fleet.putPipeline('default/silver/unwritten', {
    sql: 'SELECT 1 AS n',
    quality_tests: [BELOW_9],
  });
  const { body } = await post('/pipelines/default/silver/unwritten/tests/run');
  expect(body).toMatchObject({
    status: 'failed',
    results: [{ name: 'below-9', status: 'error', value: null }],
    passed: 0,
    failed: 1,
    total: 1,
    error: expect.stringContaining('no run has published it yet'),
  });
});

const OF_LATER = {
  name: 'known',
  sql: "{#\n#}\n-- @severity: warn\nSELECT n FROM {{ this }} WHERE n NOT IN (SELECT n FROM {{ ref('bronze.later') }})",
};
const OF_NO_FILE = {
  name: 'delivered',
  severity: 'warn',
  sql: "FROM read_csv({{ landing_zone('nothing') }})",
};
const WRONG = { name: 'wrong', severity: 'warn', sql: '{#\n#}\nSELECT\n nope FROM {{ this }}' };

test('a test of severity warn that cannot run fails neither a run nor an audit', async () => {
  await put([OF_LATER, OF_NO_FILE, WRONG, BELOW_9]);
  const run = await fleet.createRun(PATH);
  await fleet.spy.waitFor(run, 'success');
  for (const id of [run, await audit('success')]) {
    const { results = [] } = await get(`/runs/${id}/quality`);
    expect(Object.fromEntries(results.map(({ name, status }) => [name, status]))).toEqual({
      known: 'error',
      delivered: 'error',
      wrong: 'error',
      'below-9': 'passed',
    });
    expect(JSON.stringify(results)).toContain('LINE 4:  nope');
  }
  await put([{ ...OF_LATER, sql: OF_LATER.sql.replace('warn', 'error') }, BELOW_9]);
  const failed = await fleet.createRun(PATH);
  await fleet.spy.waitFor(failed, 'failed');
  expect(await get(`/runs/${failed}`)).toMatchObject({ failure: { code: 'source_not_found' } });
  expect((await get(`/runs/${failed}/quality`)).results).toContainEqual(
    expect.objectContaining({ name: 'below-9', status: 'passed' }),
  );
});

test('a failed run names a line of the author’s file', async () => {
  await put([], '{#\n one\n two\n#}\nSELECT nope');
  const id = await fleet.createRun(PATH);
  await fleet.spy.waitFor(id, 'failed');
  expect(await get(`/runs/${id}`)).toMatchObject({
    failure: { code: 'sql_error', file: 'pipeline.sql', line: 5, column: 8 },
  });
});
