import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PipelineRef } from '@rat/domain';
import { createLogger } from '@rat/runtime';
import { openDatabase, type Database } from '@rat/store';
import { eventually, startFleet, type Fleet } from '@rat/testing';
import { ForeignWriter } from './foreign-writer.ts';

interface Body {
  id?: string;
  rows?: unknown[][];
  status?: string;
  failure?: { code: string; message?: string } | null;
  error?: { code: string; message: string } | string | null;
}

let fleet: Fleet;
let db: Database;
let foreign: ForeignWriter;
beforeAll(async () => {
  const env = { RAT_MAINTENANCE_HOURS: '0' };
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1, env });
  const log = createLogger('test', { level: 'silent' });
  db = openDatabase({ url: fleet.databaseUrl, maxConnections: 4, applicationName: 'test', log });
  foreign = new ForeignWriter(fleet, db);
}, 60_000);
afterAll(async () => {
  await db.close();
  await fleet.close();
});

const tableOf = (name: string): PipelineRef => ({ namespace: 'default', layer: 'silver', name });

async function run(
  name: string,
  pipeline: { sql: string; config?: object; quality_tests?: object[] },
  fields: object = {},
): Promise<Body> {
  await fleet.putPipeline(`default/silver/${name}`, {
    ...pipeline,
    config: { max_retries: 0, ...pipeline.config },
  });
  const id = await fleet.createRun(`default/silver/${name}`, 0, fields);
  await eventually(`the run of ${name} ends`, async () => {
    const status = (await fleet.spy.find(id))?.status ?? '';
    return ['success', 'failed'].includes(status);
  });
  return (await fleet.getJson(`/runs/${id}`)) as Body;
}

async function query(sql: string): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${fleet.apis[0]?.url}/api/v1/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sql, rows_as: 'arrays' }),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

const idsOf = async (name: string): Promise<unknown> =>
  (await query(`SELECT id FROM silver.${name} ORDER BY id`)).body.rows?.flat();

const SIX = 'SELECT i::INT AS id FROM range(6) r(i) ORDER BY i';

/** A table of the ids 0 to 5, in which 1 is deleted by position, and 4 and 5 by value. */
async function makeTable(name: string, config: object = {}): Promise<void> {
  expect(await run(name, { sql: SIX, config })).toMatchObject({ status: 'success' });
  const [file] = await foreign.dataFiles(tableOf(name));
  if (file === undefined) throw new Error('the table is empty');
  await foreign.deletePosition(tableOf(name), file, 1);
  await foreign.deleteEqual(tableOf(name), 'id', [4, 5]);
}

describe('rows that another engine has deleted by position and by equality', () => {
  test('rows that another engine has deleted are missing for queries, runs and quality tests', async () => {
    await makeTable('read');
    expect(await idsOf('read')).toEqual([0, 2, 3]);

    expect(await run('copy', { sql: `SELECT id FROM {{ ref('silver.read') }}` })).toMatchObject({
      status: 'success',
    });
    expect(await idsOf('copy')).toEqual([0, 2, 3]);

    const tested = await run('read', {
      sql: 'SELECT 9::INT AS id',
      config: { merge_strategy: 'append_only' },
      quality_tests: [{ name: 'deleted', sql: 'SELECT * FROM {{ this }} WHERE id IN (1, 4, 5)' }],
    });
    expect(tested).toMatchObject({ status: 'success' });
    expect(await idsOf('read')).toEqual([0, 2, 3, 9]);
  }, 60_000);

  test('rows that another engine has deleted do not count for the watermark', async () => {
    await makeTable('marked');
    const config = { merge_strategy: 'append_only', watermark_column: 'id' };
    const sql = 'SELECT {{ watermark_value }}::INT + 100 AS id';
    expect(await run('marked', { sql, config })).toMatchObject({ status: 'success' });
    expect(await idsOf('marked')).toEqual([0, 2, 3, 103]);
  }, 60_000);

  test('deleted rows stay deleted after an append of equal rows, which are visible', async () => {
    await makeTable('again');
    const config = { merge_strategy: 'append_only' };
    expect(await run('again', { sql: 'SELECT unnest([1, 5])::INT AS id', config })).toMatchObject({
      status: 'success',
    });
    expect(await idsOf('again')).toEqual([0, 1, 2, 3, 5]);
  }, 60_000);

  test('maintenance keeps the files of a table with deletes, and the rows stay deleted', async () => {
    await makeTable('kept');
    const config = { merge_strategy: 'append_only' };
    for (let id = 10; id < 16; id += 1) await run('kept', { sql: `SELECT ${id} AS id`, config });
    const response = await fetch(`${fleet.apis[0]?.url}/api/v1/maintenance`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ namespace: 'default', layer: 'silver', table: 'kept' }),
    });
    const { runs } = (await response.json()) as { runs: { run_id: string }[] };
    await fleet.spy.waitFor(runs[0]?.run_id ?? '', 'success');
    expect(await idsOf('kept')).toEqual([0, 2, 3, 10, 11, 12, 13, 14, 15]);
  }, 60_000);

  test.each([
    ['incremental', { unique_key: ['id'] }],
    ['delete_insert', { unique_key: ['id'] }],
    ['scd2', { unique_key: ['id'] }],
    ['snapshot', { partition_column: 'id' }],
  ])(
    '%s refuses to rewrite a table with deletes, with the cure',
    async (merge_strategy, more) => {
      const name = `no_${merge_strategy}`;
      const config = { merge_strategy, ...more };
      await makeTable(name, config);
      expect(await run(name, { sql: 'SELECT 0::INT AS id', config })).toMatchObject({
        status: 'failed',
        failure: { code: 'config_error' },
        error: expect.stringMatching(/delete files.*full refresh/),
      });
      expect(await idsOf(name)).toEqual([0, 2, 3]);
    },
    60_000,
  );

  test('a full refresh replaces the table together with its delete files', async () => {
    await makeTable('fresh');
    const config = { merge_strategy: 'incremental', unique_key: ['id'] };
    const sql = SIX;
    expect(await run('fresh', { sql, config }, { full_refresh: true })).toMatchObject({
      status: 'success',
    });
    expect(await idsOf('fresh')).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await run('fresh', { sql: 'SELECT 6::INT AS id', config })).toMatchObject({
      status: 'success',
    });
    expect(await idsOf('fresh')).toEqual([0, 1, 2, 3, 4, 5, 6]);
  }, 60_000);
});

test('the comparison of a previewed full refresh does not count rows that another engine has deleted', async () => {
  const config = { merge_strategy: 'incremental', unique_key: ['id'] };
  await makeTable('compared');
  const response = await fetch(`${fleet.apis[0]?.url}/api/v1/pipelines/preview`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ref: tableOf('compared'),
      files: { sql: 'SELECT i::INT AS id FROM range(1, 4) r(i)', config },
      full_refresh: true,
      compare: true,
    }),
  });
  const { compare } = (await response.json()) as { compare: object };
  expect(compare).toMatchObject({
    gained: 1,
    lost: 1,
    changed: 0,
    samples: { gained: [[1]], lost: [[0]] },
  });
}, 60_000);

describe('a table that we cannot read', () => {
  const refused = async (name: string, reason: RegExp): Promise<void> => {
    const asked = await query(`SELECT * FROM silver.${name}`);
    expect(asked).toMatchObject({ status: 422 });
    const message = typeof asked.body.error === 'object' ? asked.body.error?.message : '';
    expect(message).toMatch(new RegExp(`table default.silver.${name} cannot be used`));
    expect(message).toMatch(reason);
    const reader = await run(`of_${name}`, { sql: `SELECT * FROM {{ ref('silver.${name}') }}` });
    expect(reader).toMatchObject({ status: 'failed', failure: { code: 'config_error' } });
    expect(reader.error).toMatch(reason);
    expect(reader.error).toContain(`default.silver.${name}`);
  };

  test('a table of format 3 is refused by name, by reads and by writes', async () => {
    await run('v3', { sql: SIX });
    const upgrade = (text: string): string =>
      text.replace('"format-version":2', '"format-version":3');
    await foreign.change(tableOf('v3'), (metadata) => metadata, upgrade);
    await refused('v3', /format version 3 is not supported/);
    for (const merge_strategy of ['full_refresh', 'append_only']) {
      const written = await run('v3', { sql: SIX, config: { merge_strategy } });
      expect(written).toMatchObject({ status: 'failed', failure: { code: 'config_error' } });
      expect(written.error).toMatch(/format version 3/);
    }
    // These runs left nothing to remove, so no runner retries a cleanup.
    expect(await fleet.query('SELECT 1 FROM runs WHERE has_leftovers')).toEqual([]);
    // The other tables are listed all the same.
    const list = (await fleet.getJson('/tables?layer=silver')) as { tables: { name: string }[] };
    const names = list.tables.map((table) => table.name);
    expect(names).toEqual(expect.arrayContaining(['fresh', 'v3']));
  }, 60_000);

  test.each(['ORC', 'AVRO'])(
    'a table with a file in %s is refused by name',
    async (format) => {
      const name = format.toLowerCase();
      await run(name, { sql: SIX });
      const [file] = await foreign.dataFiles(tableOf(name));
      if (file === undefined) throw new Error('the table is empty');
      const { sequenceNumber: _, ...written } = file;
      await foreign.append(tableOf(name), [{ ...written, path: `${file.path}.${name}`, format }]);
      await refused(name, new RegExp(`${format} files are not supported`));
      const config = { merge_strategy: 'incremental', unique_key: ['id'] };
      const merged = await run(name, { sql: SIX, config });
      expect(merged).toMatchObject({ status: 'failed', failure: { code: 'config_error' } });
      expect(merged.error).toMatch(new RegExp(`${format} files are not supported`));
    },
    60_000,
  );

  test('a table with a deletion vector is refused by name', async () => {
    await run('vector', { sql: SIX });
    const [file] = await foreign.dataFiles(tableOf('vector'));
    if (file === undefined) throw new Error('the table is empty');
    const { sequenceNumber: _, ...written } = file;
    await foreign.append(tableOf('vector'), [
      { ...written, content: 'position_deletes', path: `${file.path}.puffin`, format: 'PUFFIN' },
    ]);
    await refused('vector', /PUFFIN files are not supported/);
  }, 60_000);
});

describe('a table whose versions do not say how much they hold', () => {
  interface Counted {
    rows: number;
    files: number;
    bytes: number;
  }
  type Detail = Counted & { snapshots: Counted[] };

  const detailOf = async (name: string): Promise<Detail> =>
    (await fleet.getJson(`/tables/default/silver/${name}`)) as Detail;

  /** The totals of a summary are optional, and some engines omit them. */
  async function forgetTotals(name: string): Promise<void> {
    await foreign.change(tableOf(name), (metadata) => ({
      ...metadata,
      snapshots: metadata.snapshots.map(({ summary, ...snapshot }) => ({
        ...snapshot,
        summary: Object.fromEntries(
          Object.entries(summary).filter(([key]) => !key.startsWith('total-')),
        ),
      })),
    }));
  }

  test('a table whose versions have no totals is counted by its files, in the list and on its own page', async () => {
    const name = 'untold';
    await makeTable(name);
    const { rows, files, bytes } = await detailOf(name);
    expect({ rows, files }).toEqual({ rows: 6, files: 1 });
    await forgetTotals(name);

    const { tables } = (await fleet.getJson('/tables?layer=silver')) as {
      tables: (Counted & { name: string })[];
    };
    const counted = { rows, files, bytes };
    expect(tables.find((table) => table.name === name)).toMatchObject(counted);
    const detail = await detailOf(name);
    expect(detail).toMatchObject(counted);
    expect(detail.snapshots[0]).toMatchObject(counted);
  }, 60_000);

  test('a table without totals has them again after a run or a revert', async () => {
    const name = 'retold';
    await run(name, { sql: SIX });
    await forgetTotals(name);
    const append = { sql: 'SELECT 9::INT AS id', config: { merge_strategy: 'append_only' } };
    const appended = await run(name, append);
    expect(appended).toMatchObject({ status: 'success', rows_total: 7 });
    const revert = await fetch(`${fleet.apis[0]?.url}/api/v1/runs/${appended.id}/revert`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'a test' }),
    });
    expect(revert.status).toBe(200);
    await run(name, append);
    expect(await run(name, append)).toMatchObject({ status: 'success', rows_total: 8 });

    const { snapshots } = await detailOf(name);
    const newest = snapshots.slice(0, 4).map(({ rows, files }) => ({ rows, files }));
    expect(newest).toEqual([
      { rows: 8, files: 3 },
      { rows: 7, files: 2 },
      { rows: 6, files: 1 },
      { rows: 7, files: 2 },
    ]);
  }, 60_000);
});

test('a table with an unknown partition transform is read in full, and merges into it are right', async () => {
  const name = 'transform';
  await run(name, { sql: SIX });
  const [file] = await foreign.dataFiles(tableOf(name));
  if (file === undefined) throw new Error('the table is empty');
  const { sequenceNumber: _, ...written } = file;
  const spec = {
    'spec-id': 1,
    fields: [{ 'source-id': 1, 'field-id': 1000, name: 'id_z', transform: 'zorder[7]' }],
  };
  await foreign.append(tableOf(name), [{ ...written, specId: 1, partition: { 1000: 'z' } }], {
    spec,
    removed: [file],
  });
  expect(await idsOf(name)).toEqual([0, 1, 2, 3, 4, 5]);
  const config = { merge_strategy: 'incremental', unique_key: ['id'] };
  expect(await run(name, { sql: 'SELECT unnest([5, 6])::INT AS id', config })).toMatchObject({
    status: 'success',
  });
  expect(await idsOf(name)).toEqual([0, 1, 2, 3, 4, 5, 6]);
}, 60_000);
