import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { storedPreviewAnswer, type StoredPreviewAnswer } from '@rat/contracts';
import { eventually, startFleet, type Fleet } from '@rat/testing';
import { openSdkClient, type Body, type SdkClient } from './sdk-client.ts';

/** What the portal of the reference platform sends and reads while its user works on a pipeline. */
const PATH = 'default/silver/numbers';
const PREVIEW = `/api/v1/pipelines/${PATH}/preview`;
/** More rows than an engine can count before an answer would be late. */
const UNCOUNTABLE = `SELECT a.range AS n FROM range(100000) a, range(100000) b, range(100000) c
  WHERE a.range + b.range + c.range > 1`;

let fleet: Fleet;
let client: SdkClient;

beforeAll(async () => {
  const env = { RAT_MAINTENANCE_HOURS: '0' };
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1, env });
  client = openSdkClient(fleet.apis[0]?.url ?? '');
  await fleet.putPipeline('default/bronze/raw', { sql: 'SELECT range AS n FROM range(5000)' });
  await fleet.putPipeline(PATH, { sql: "SELECT n FROM {{ ref('bronze.raw') }}" });
  await fleet.spy.waitFor(await fleet.createRun('default/bronze/raw'), 'success');
}, 120_000);
afterAll(() => fleet.close());

async function preview(json: object): Promise<StoredPreviewAnswer> {
  return storedPreviewAnswer.parse(await client.call('POST', PREVIEW, { json }));
}

test('a preview that shows some of the rows has the number of all of them', async () => {
  let answer = await preview({ limit: 10 });
  // On a busy machine, counting the rows may take too long.
  await eventually('the rows are counted in time', async () => {
    answer = await preview({ limit: 10 });
    return answer.total_row_count_exact;
  });
  expect(answer.rows).toHaveLength(10);
  expect(answer.explain_output).toContain('rows');
  expect(answer).toMatchObject({ total_row_count: 5_000, truncated: true, warnings: [] });
  expect(answer.phases.map(({ name }) => name)).toContain('count');
});

test('the number of rows that would take long to count is a lower bound, and is said to be one', async () => {
  const answer = await preview({ limit: 10, code: UNCOUNTABLE });
  expect(answer).toMatchObject({ total_row_count: 11, total_row_count_exact: false });
  expect(answer.warnings.join()).toContain('total_row_count is a lower bound');
});

test('a preview without more rows has no phase for a count', async () => {
  const answer = await preview({ limit: 10, code: 'SELECT 1 AS n' });
  expect(answer).toMatchObject({ total_row_count: 1, total_row_count_exact: true });
  expect(answer.phases.map(({ name }) => name)).not.toContain('count');
});

test('a preview of a text that is not stored leaves the number of rows open', async () => {
  const json = {
    ref: { namespace: 'default', layer: 'silver', name: 'numbers' },
    files: { sql: UNCOUNTABLE },
    limit: 10,
  };
  const answer = await client.call('POST', '/api/v1/pipelines/preview', { json });
  expect(answer).toMatchObject({ row_count: null, truncated: true });
});

test.each([
  ['full_refresh', {}],
  ['incremental', { merge_strategy: 'incremental', unique_key: 'n' }],
])(
  'a preview by %s whose rows were compared with the table has their number',
  async (_, config) => {
    // The key of an incremental run occurs twice: the number is that of the result.
    const sql = 'SELECT range % 200 AS n FROM range(400)';
    const json = {
      ref: { namespace: 'default', layer: 'silver', name: 'compared' },
      files: { sql, config },
      limit: 10,
      compare: true,
    };
    const answer = await client.call('POST', '/api/v1/pipelines/preview', { json });
    expect(answer).toMatchObject({ row_count: 400, truncated: true });
    expect(answer.phases.map(({ name }: { name: string }) => name)).not.toContain('count');
  },
);

describe('a preview of a quality test', () => {
  const TEST = '-- @severity: error\n-- @description: Small numbers only\n-- @tags: range\n';

  test('shows the rows that violate it, in the table of its pipeline as it is now', async () => {
    await fleet.spy.waitFor(await fleet.createRun(PATH), 'success');
    const code = `${TEST}SELECT n FROM {{ this }} WHERE n > 4997 ORDER BY n`;
    const answer = await preview({ code });
    expect(answer).toMatchObject({ rows: [{ n: 4998 }, { n: 4999 }], total_row_count: 2 });
    expect(answer).not.toHaveProperty('error');
  });

  test('is not hindered by a mistake in the draft of its pipeline', async () => {
    const draft = { sql: 'SELECT {{ nope() }}', config: { max_retrys: 1 } };
    await client.call('PUT', `/api/v1/pipelines/${PATH}/draft`, { json: draft });
    const code = `${TEST}SELECT n FROM {{ ref('bronze.raw') }} WHERE n < 1`;
    expect(await preview({ code })).toMatchObject({ rows: [{ n: 0 }] });
    await client.call('DELETE', `/api/v1/pipelines/${PATH}/draft`);
  });

  test.each([
    ['-- @severity: fatal\nSELECT 1 AS n', { path: 'sql:@severity', line: 1, column: 4 }],
    ['-- @severity: warn\nSELECT {{ nope() }}', { path: 'sql', line: 2 }],
    ['-- @severity: warn\nSELECT\n  nope', { path: 'sql', line: 3, column: 3 }],
    ['-- @severity: warn\n-- @unique_key: n\nSELECT 1 AS n', { path: 'sql:@severity', line: 1 }],
  ])('with a mistake has the place of it: %j', async (code, place) => {
    const answer = await preview({ code });
    expect(answer.rows).toEqual([]);
    expect(answer.issues?.[0]).toMatchObject(place);
  });
});

test('a refused publish lists its mistakes by file, beside the issues', async () => {
  const draft = {
    sql: '-- @max_retrys: 1\nSELECT 1 AS n',
    config: { max_retries: 1 },
    quality_tests: [{ name: 'few', sql: 'SELECT {{ nope() }}' }],
  };
  await client.call('PUT', `/api/v1/pipelines/${PATH}/draft`, { json: draft });
  const refused = await client.ask('POST', `/api/v1/pipelines/${PATH}/publish`);
  expect(refused.status).toBe(422);
  const body: Body = refused.body;
  expect(body.error.issues).toHaveLength(2);
  const folder = 'default/pipelines/silver/numbers';
  expect(body.validation).toEqual({
    valid: false,
    files: [
      { path: `${folder}/config.yaml`, valid: true, errors: [], warnings: [] },
      {
        path: `${folder}/pipeline.sql`,
        valid: false,
        errors: [expect.stringMatching(/^line 1, column 4: @max_retrys: .*max_retries/)],
        warnings: [],
      },
      {
        path: `${folder}/tests/quality/few.sql`,
        valid: false,
        errors: [expect.stringMatching(/^line 1, column \d+: .*nope/)],
        warnings: [],
      },
    ],
  });
});

test('the list of pipelines takes a search and a sort by name, and refuses two texts', async () => {
  const names = async (query: string): Promise<string[]> => {
    const { pipelines } = await client.call('GET', `/api/v1/pipelines?${query}`);
    return pipelines.map(({ name }: { name: string }) => name);
  };
  expect(await names('search=RAW')).toEqual(['raw']);
  expect(await names('search=nothing')).toEqual([]);
  expect(await names('search=')).toEqual(['raw', 'numbers']);
  expect(await names('sort=name')).toEqual(['numbers', 'raw']);
  expect(await names('sort=-name&search=r')).toEqual(['raw', 'numbers']);
  const both = await client.ask('GET', '/api/v1/pipelines?search=a&q=b');
  expect(both).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringContaining('search') } },
  });
});

test('the list of plugins takes the filters of other platforms, and is empty', async () => {
  expect(await client.call('GET', '/api/v1/plugins?status=enabled&kind=auth')).toEqual([]);
});

describe('an empty namespace', () => {
  const NAMED = { namespace: '', layer: 'silver', pipeline: 'numbers' };
  const ref = { namespace: '', layer: 'silver', name: 'numbers' };
  const ZONE = { namespace: '', zone_name: 'drops' };

  test('is the default one in a check and in a preview of a text', async () => {
    const json = { ref, files: { sql: "SELECT n FROM {{ ref('bronze.raw') }}" } };
    const checked = await client.call('POST', '/api/v1/pipelines/validate', { json });
    expect(checked).toMatchObject({ issues: [], refs: ['default.bronze.raw'] });
    const shown = await client.call('POST', '/api/v1/pipelines/preview', { json });
    expect(shown.input_snapshots).toHaveProperty(['default.bronze.raw']);
  });

  test.each<[string, string, object, object]>([
    [
      'a run group',
      '/api/v1/run-groups',
      { ...NAMED, dry_run: true },
      { nodes: [{ pipeline: 'default.silver.numbers' }] },
    ],
    [
      'a schedule',
      '/api/v1/schedules',
      { ...NAMED, cron: '0 6 * * *' },
      { ...NAMED, namespace: 'default' },
    ],
    [
      'a landing zone',
      '/api/v1/landing-zones',
      { namespace: '', name: 'drops' },
      { id: 'default.drops' },
    ],
    [
      'a trigger of uploads',
      `/api/v1/pipelines/${PATH}/triggers`,
      { type: 'landing_zone_upload', config: ZONE },
      { config: { ...ZONE, namespace: 'default' } },
    ],
    [
      'a trigger of files',
      `/api/v1/pipelines/${PATH}/triggers`,
      { type: 'file_pattern', config: { ...ZONE, pattern: '*.csv' } },
      { config: { namespace: 'default' } },
    ],
    [
      'a trigger of successes',
      `/api/v1/pipelines/${PATH}/triggers`,
      { type: 'pipeline_success', config: { namespace: '', layer: 'bronze', pipeline: 'raw' } },
      { config: { namespace: 'default' } },
    ],
    [
      'a pipeline',
      '/api/v1/pipelines',
      { namespace: '', layer: 'gold', name: 'made' },
      { namespace: 'default' },
    ],
  ])('is the default one in the body of %s', async (_, path, json, expected) => {
    expect(await client.call('POST', path, { json })).toMatchObject(expected);
  });

  test('is refused where it is another text that is no name', async () => {
    const json = { ref: { ...ref, namespace: ' ' }, files: { sql: 'SELECT 1' } };
    expect(await client.ask('POST', '/api/v1/pipelines/validate', { json })).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('ref.namespace') } },
    });
  });
});
