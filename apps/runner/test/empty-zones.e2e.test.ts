import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, startFleet, type Fleet } from '@rat/testing';
import { LandingClient } from './landing-client.ts';

let fleet: Fleet;
let client: LandingClient;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  client = new LandingClient(fleet);
}, 60_000);
afterAll(() => fleet.close());

const COLUMNS = [
  { name: 'n', type: 'BIGINT' },
  { name: 'day', type: 'DATE' },
];

async function describeZone(name: string, settings: object): Promise<void> {
  const { status } = await client.send('POST', '/landing-zones', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, ...settings }),
  });
  expect(status).toBe(201);
}

async function define(name: string, sql: string, config: object = {}): Promise<void> {
  await fleet.putPipeline(`default/bronze/${name}`, { sql, config: { max_retries: 0, ...config } });
}

async function query(sql: string): Promise<{ rows: unknown[][]; columns: unknown[] }> {
  const { body } = await client.send('POST', '/query', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sql, rows_as: 'arrays' }),
  });
  return body as unknown as { rows: unknown[][]; columns: unknown[] };
}

async function logOf(id: string): Promise<string> {
  const response = await fetch(client.url(`/runs/${id}/logs?format=text`));
  return response.text();
}

async function versionsOf(table: string): Promise<number> {
  const { body } = await client.send('GET', `/tables/default/bronze/${table}`);
  return (
    (body as unknown as { snapshots?: unknown[]; versions?: unknown[] }).snapshots?.length ?? 0
  );
}

describe('a run over an empty zone with expected columns', () => {
  test.each([
    ['read_csv', ', header = true'],
    ['read_csv_auto', ', filename = true'],
    ['read_json_auto', ''],
    ['read_parquet', ', union_by_name = true'],
    ['read_csv', `, columns = {'n': 'BIGINT', 'day': 'DATE'}`],
    ['read_json', `, columns = {n: 'BIGINT', day: 'DATE'}`],
  ])(
    'a run that reads an empty zone by %s%s writes what the SQL says of no rows',
    async (reader, options) => {
      const name = `rows_${reader}_${options.replaceAll(/\W+/g, '_').toLowerCase()}`;
      await describeZone(name, { expected_columns: COLUMNS });
      const source = `${reader}({{ landing_zone('${name}') }}${options})`;
      await define(
        name,
        `SELECT max(day) AS last_day, count(*) AS rows, sum(n) AS total FROM ${source} AS z`,
      );
      await client.run(name);
      expect((await query(`SELECT * FROM bronze.${name}`)).rows).toEqual([[null, '0', null]]);
      const { columns } = await query(`SELECT last_day FROM bronze.${name}`);
      expect(columns).toEqual([{ name: 'last_day', type: 'DATE' }]);
    },
  );

  test('a run over an archived, empty zone appends no row, and its tests run', async () => {
    await describeZone('hourly', { expected_columns: [{ name: 'n', type: 'BIGINT' }] });
    await client.define('hourly', { archive_landing_zones: true });
    await client.upload('hourly', 'a.csv', 'n\n1\n');
    await client.run('hourly');
    await eventually('archived', async () => (await client.names('hourly')).length === 0);
    const id = await client.run('hourly');
    expect(await client.rows('hourly')).toEqual([1]);
    expect(await logOf(id)).toContain(
      'Reading landing zone hourly (no files: no rows of its columns)',
    );
    const { body } = await client.send('GET', `/runs/${id}`);
    expect(body.landing_files_total).toEqual({ hourly: 0 });
    // What an empty zone held cannot be read again either.
    expect((await client.send('POST', `/runs/${id}/reproduce`)).status).toBe(409);
  });

  test('a quality test that alone reads an empty zone finds no row in it', async () => {
    await describeZone('limits', { expected_columns: [{ name: 'most', type: 'BIGINT' }] });
    const limits = `read_csv({{ landing_zone('limits') }}, header = true)`;
    await fleet.putPipeline('default/bronze/tested', {
      sql: 'SELECT 1 AS n',
      config: { max_retries: 0 },
      quality_tests: [
        { name: 'within', sql: `SELECT * FROM {{ this }} JOIN ${limits} AS l ON n > l.most` },
      ],
    });
    const id = await client.run('tested');
    const { body } = await client.send('GET', `/runs/${id}/quality`);
    expect(body).toMatchObject({ results: [{ name: 'within', status: 'passed' }] });
  });

  test('a mistake behind the reader of an empty zone is reported where the author made it', async () => {
    await describeZone('mistaken', { expected_columns: COLUMNS });
    await define(
      'mistaken',
      `SELECT n\nFROM read_csv({{ landing_zone('mistaken') }}) AS z WHERE nope > 1`,
    );
    const id = await client.run('mistaken', 'failed');
    const { body } = await client.send('GET', `/runs/${id}`);
    const line = "FROM read_csv({{ landing_zone('mistaken') }}) AS z WHERE nope > 1";
    expect(body.failure).toMatchObject({
      code: 'sql_error',
      line: 2,
      column: line.indexOf('nope') + 1,
    });
  });
});

describe('a run over an empty zone without expected columns', () => {
  test('a run over an empty zone fails by default, and the error names the settings that prevent it', async () => {
    await define('unknown', `SELECT * FROM read_csv({{ landing_zone('unknown') }})`);
    const id = await client.run('unknown', 'failed');
    const { body } = await client.send('GET', `/runs/${id}`);
    expect(body).toMatchObject({
      failure: { code: 'source_not_found' },
      error: expect.stringMatching(
        /^landing zone default\/unknown has no files; describe the zone with expected_columns .* on_empty to skip/,
      ),
    });
  });

  test('a run over an empty zone that is to fail fails, although its columns are known', async () => {
    await describeZone('strict', { expected_columns: COLUMNS, on_empty: 'fail' });
    await define('strict', `SELECT * FROM read_csv({{ landing_zone('strict') }})`);
    await client.run('strict', 'failed');
  });

  test('a run over an empty zone that is to skip succeeds, writes no version, and logs the skip', async () => {
    await describeZone('skipped', { on_empty: 'skip' });
    await define('skipped', `SELECT * FROM read_csv({{ landing_zone('skipped') }})`);
    const first = await client.run('skipped');
    const { body } = await client.send('GET', `/runs/${first}`);
    expect(body).toMatchObject({ status: 'success', rows_written: 0, output_snapshot_id: null });
    expect(await logOf(first)).toContain(
      'Landing zone skipped has no files, and its on_empty is skip',
    );
    expect((await client.send('GET', '/tables/default/bronze/skipped')).status).toBe(404);
    await client.upload('skipped', 'a.csv', 'n\n1\n');
    await client.run('skipped');
    expect(await client.rows('skipped')).toEqual(['1']);
    const versions = await versionsOf('skipped');
    await client.send('DELETE', '/landing-zones/default/skipped/files/a.csv');
    await client.run('skipped');
    expect(await client.rows('skipped')).toEqual(['1']);
    expect(await versionsOf('skipped')).toBe(versions);
  });
});

describe('a pipeline that is not stored, over an empty zone', () => {
  const sql = (zone: string): string =>
    `SELECT max(day) AS last_day, sum(n) AS total FROM read_csv({{ landing_zone('${zone}') }}) AS z`;

  async function ask(what: 'validate' | 'preview', zone: string) {
    const ref = { namespace: 'default', layer: 'bronze', name: 'unsaved' };
    return client.send('POST', `/pipelines/${what}`, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ref, files: { sql: sql(zone) } }),
    });
  }

  test('a check binds it to the columns that the zone expects', async () => {
    await describeZone('unsaved_checked', { expected_columns: COLUMNS });
    expect((await ask('validate', 'unsaved_checked')).body).toMatchObject({
      issues: [],
      columns: [
        { name: 'last_day', type: 'DATE' },
        { name: 'total', type: 'HUGEINT' },
      ],
    });
  });

  test('a preview shows the result of the SQL over no rows, and over the samples once there are some', async () => {
    await describeZone('unsaved_shown', { expected_columns: COLUMNS });
    expect((await ask('preview', 'unsaved_shown')).body).toMatchObject({ rows: [[null, null]] });
    const { status } = await client.send(
      'POST',
      '/landing-zones/default/unsaved_shown/samples?name=few.csv',
      { headers: { 'content-type': 'text/csv' }, body: 'n,day\n3,2026-01-02\n4,2026-01-03\n' },
    );
    expect(status).toBe(201);
    expect((await ask('preview', 'unsaved_shown')).body).toMatchObject({
      rows: [['2026-01-03', '7']],
    });
  });

  test('a preview warns that a run would write nothing, for a zone that skips runs', async () => {
    await describeZone('unsaved_skipped', { on_empty: 'skip' });
    const { status, body } = await ask('preview', 'unsaved_skipped');
    expect(status).toBe(422);
    expect(JSON.stringify(body)).toContain('has no files, and its on_empty is skip');
  });
});
