import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Fleet } from '@rat/testing';
import { readingOf, startReadingFleet } from './reading-fleet.ts';

let fleet: Fleet;
const { send } = readingOf(() => fleet);

beforeAll(async () => {
  fleet = await startReadingFleet();
}, 60_000);
afterAll(() => fleet.close());

describe('tables', () => {
  test('tables are listed with the rows and sizes of their main', async () => {
    const { status, body } = await send('/tables?layer=silver');
    expect(status).toBe(200);
    expect(body).toEqual({
      total: 1,
      tables: [
        {
          namespace: 'default',
          layer: 'silver',
          name: 'daily-orders',
          rows: 5,
          row_count: 5,
          files: 1,
          bytes: expect.any(Number),
          size_bytes: expect.any(Number),
          snapshot_id: expect.stringMatching(/^\d+$/),
          run_id: expect.any(String),
          updated_at: expect.any(String),
        },
      ],
    });
    expect(await send('/tables?namespace=other')).toMatchObject({ body: { tables: [], total: 0 } });
    expect(await send('/tables?layer=iron')).toMatchObject({ status: 400 });
  });

  test('a table shows its columns, its versions and the run of each, and no path', async () => {
    const { status, body } = await send('/tables/default/silver/daily-orders');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      columns: [
        { name: 'id', type: 'long' },
        { name: 'k', type: 'long' },
      ],
      partition_by: [],
      refs: [{ name: 'main', type: 'branch' }],
      snapshots: [{ operation: 'append', rows: 5, rows_added: 5, run_id: expect.any(String) }],
      history: [{ snapshot_id: expect.any(String) }],
    });
    expect(JSON.stringify(body)).not.toContain(fleet.home);
    expect(await send('/tables/default/silver/none')).toMatchObject({
      status: 404,
      body: { error: { message: 'table default.silver.none does not exist' } },
    });
  });

  test('the columns of all tables are one answer, with types and words, and filters make it smaller', async () => {
    await fetch(`${fleet.apis[0]?.url}/api/v1/tables/default/gold/totals/metadata`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ column_descriptions: { n: 'how many' } }),
    });
    const totals = {
      namespace: 'default',
      layer: 'gold',
      name: 'totals',
      columns: [
        { name: 'k', type: 'BIGINT' },
        { name: 'n', type: 'BIGINT', description: 'how many' },
      ],
    };
    const { status, body } = await send('/schema');
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        tables: [{ name: 'daily-orders', columns: [{ name: 'id' }, { name: 'k' }] }, totals],
      },
    });
    expect((await send('/schema?layer=gold&namespace=default')).body).toEqual({
      tables: [totals],
      truncated: false,
    });
    expect((await send('/schema?namespace=other')).body).toMatchObject({ tables: [] });
    expect((await send('/schema?layer=iron')).status).toBe(400);
  });

  test('a search finds columns and waiting files beside pipelines and tables, the closest first', async () => {
    const upload = await fetch(
      `${fleet.apis[0]?.url}/api/v1/landing-zones/default/drops/files?name=total_k.csv`,
      { method: 'POST', headers: { 'content-type': 'text/csv' }, body: 'a\n1\n' },
    );
    expect(upload.status).toBe(201);
    const found = await fetch(`${fleet.apis[0]?.url}/api/v1/search?q=K`);
    expect(await found.json()).toEqual({
      complete: true,
      truncated: false,
      results: [
        {
          kind: 'column',
          namespace: 'default',
          layer: 'silver',
          name: 'daily-orders',
          column: 'k',
        },
        { kind: 'column', namespace: 'default', layer: 'gold', name: 'totals', column: 'k' },
        { kind: 'landing_file', namespace: 'default', zone: 'drops', name: 'total_k.csv' },
      ],
    });
    const few = await fetch(`${fleet.apis[0]?.url}/api/v1/search?q=total&limit=2`);
    expect(await few.json()).toMatchObject({
      truncated: true,
      results: [
        { kind: 'pipeline', name: 'totals' },
        { kind: 'table', name: 'totals' },
      ],
    });
    const elsewhere = await fetch(`${fleet.apis[0]?.url}/api/v1/search?q=k&namespace=other`);
    expect(await elsewhere.json()).toMatchObject({ results: [], complete: true });
  });

  test('a table with hyphens in its name can be previewed', async () => {
    const { body } = await send('/tables/default/silver/daily-orders/preview?limit=2');
    expect(body).toMatchObject({
      row_count: 2,
      total_rows: 2,
      truncated: true,
      columns: [{ name: 'id' }, { name: 'k' }],
      rows: [
        { id: 0, k: 0 },
        { id: 1, k: 1 },
      ],
    });
    const arrays = await send('/tables/default/silver/daily-orders/preview?limit=1&rows_as=arrays');
    expect(arrays.body).toMatchObject({ rows: [['0', '0']] });
    expect(await send('/tables/default/silver/daily-orders/preview?rows_as=maps')).toMatchObject({
      status: 400,
      body: { error: { message: 'rows_as: must be one of objects, arrays' } },
    });
  });
});
