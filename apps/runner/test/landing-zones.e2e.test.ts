import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, startFleet, type Fleet } from '@rat/testing';
import { LandingClient, type Answer } from './landing-client.ts';

let fleet: Fleet;
let client: LandingClient;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  client = new LandingClient(fleet);
}, 60_000);
afterAll(() => fleet.close());

function send(method: string, path: string, body?: object): Promise<Answer> {
  const init = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return client.send(method, `/landing-zones${path}`, body === undefined ? {} : init);
}

const COLUMNS = [
  { name: 'n', type: 'BIGINT' },
  { name: 'day', type: 'DATE' },
];

describe('a landing zone', () => {
  test('a landing zone is created, described, found in the list of all zones, and deleted', async () => {
    const created = await send('POST', '', { namespace: 'default', name: 'made', owner: 'ana' });
    expect(created).toMatchObject({
      status: 201,
      body: { namespace: 'default', name: 'made', owner: 'ana', description: '' },
    });
    expect(await send('POST', '', { namespace: 'default', name: 'made' })).toMatchObject({
      status: 409,
      body: { error: { message: 'landing zone default/made exists already' } },
    });
    const described = { description: 'Orders', expected_columns: [{ name: 'n', type: 'int8' }] };
    expect(await send('PUT', '/default/made', described)).toMatchObject({
      status: 200,
      body: { owner: 'ana', expected_columns: [{ name: 'n', type: 'BIGINT' }] },
    });
    await client.upload('by_upload', 'a.csv', 'n\n1\n');
    const { body } = await send('GET', '?limit=200&namespace=default');
    expect(body.landing_zones).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'made', files: 0, bytes: 0, description: 'Orders' }),
        expect.objectContaining({ name: 'by_upload', files: 1, bytes: 4, created_at: null }),
      ]),
    );
    expect((await send('GET', '?namespace=nowhere')).body).toMatchObject({
      landing_zones: [],
      total: 0,
    });
    expect((await send('DELETE', '/default/made')).status).toBe(204);
    expect((await send('GET', '/default/made')).status).toBe(404);
    expect((await send('DELETE', '/default/made')).status).toBe(404);
  });

  test('the tag of a landing zone is that of its settings, also of a zone that is only a folder', async () => {
    await client.upload('tagged', 'a.csv', 'n\n1\n');
    const at = (method: string, headers = {}, body?: object) =>
      fetch(client.url('/landing-zones/default/tagged'), {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const read = (await at('GET')).headers.get('etag') ?? '';
    const written = await at('PUT', { 'if-match': read }, { owner: 'ana' });
    expect(written.status).toBe(200);
    await client.upload('tagged', 'b.csv', 'n\n2\n');
    expect((await at('GET')).headers.get('etag')).toBe(written.headers.get('etag'));
    expect((await at('PUT', { 'if-match': read }, { owner: 'bo' })).status).toBe(412);
    expect((await send('GET', '/default/tagged')).body).toMatchObject({ owner: 'ana' });
  });

  test('a landing zone that is misspelt is found nowhere, and gets no settings', async () => {
    expect((await send('GET', '/default/nowhere')).status).toBe(404);
    expect((await send('PUT', '/default/nowhere', { owner: 'ana' })).status).toBe(404);
    expect((await send('PUT', '/default/nowhere/lifecycle', {})).status).toBe(404);
    expect((await send('GET', '/default/nowhere/lifecycle')).status).toBe(404);
    expect((await send('POST', '', { namespace: 'nowhere', name: 'made' })).status).toBe(404);
  });

  test('a landing zone that is only a folder is described by its first change', async () => {
    await client.upload('folder', 'a.csv', 'n\n1\n');
    const week = { processed_retention_days: 7 };
    expect(await send('PUT', '/default/folder/lifecycle', week)).toMatchObject({
      status: 200,
      body: week,
    });
    expect((await send('GET', '/default/folder')).body).toMatchObject({
      files: 1,
      lifecycle: { processed_retention_days: 7 },
    });
  });

  test('a landing zone with files is deleted only with force', async () => {
    await client.upload('full', 'a.csv', 'n\n1\n');
    const refused = await send('DELETE', '/default/full');
    expect(refused.status).toBe(409);
    expect(refused.body.error?.message).toContain('1 file waiting, 0 files archived');
    expect(await client.names('full')).toEqual(['a.csv']);
    expect((await send('DELETE', '/default/full?force=true')).status).toBe(204);
    expect((await send('GET', '/default/full')).status).toBe(404);
  });

  test('a landing zone that a run reads is not deleted, not even with force', async () => {
    await client.define('read', {}, 'WHERE (SELECT sum(i) FROM range(400_000_000) r(i)) > 0');
    await client.upload('read', 'a.csv', 'n\n1\n');
    const id = await fleet.createRun('default/bronze/read');
    await eventually('the list is fixed', () => client.filesRead(id, 'read'), 60_000);
    const refused = await send('DELETE', '/default/read?force=true');
    const { body } = await client.send('GET', `/runs/${id}`);
    if (body.status === 'running') {
      expect(refused.status).toBe(409);
      expect(refused.body.error?.message).toContain(`run ${id} reads landing zone default/read`);
    }
    await fleet.spy.waitFor(id, 'success');
  }, 120_000);

  test.each([
    ['an unknown type', { expected_columns: [{ name: 'n', type: 'number' }] }],
    ['one column twice', { expected_columns: [...COLUMNS, { name: 'N', type: 'DATE' }] }],
    ['no column', { expected_columns: [] }],
    ['rows of unknown columns', { on_empty: 'empty' }],
    ['an unknown field', { expected_colums: COLUMNS }],
    ['a retention of no day', { lifecycle: { processed_retention_days: 0 } }],
  ])('a landing zone with %s is refused', async (_what, settings) => {
    const answer = await send('POST', '', { name: 'refused', ...settings });
    expect(answer.status).toBe(400);
    expect((await send('GET', '/default/refused')).status).toBe(404);
  });
});

describe('an upload into a zone with expected columns', () => {
  beforeAll(async () => {
    await send('POST', '', { name: 'strict', expected_columns: COLUMNS });
  });

  test('a file that does not fit is refused with the differences, and never becomes visible', async () => {
    const lines = ['n,dax', '1,2024-01-01', 'x,2024-01-02'];
    const refused = await client.upload('strict', 'bad.csv', `${lines.join('\n')}\n`);
    expect(refused).toMatchObject({
      status: 422,
      body: {
        error: {
          message:
            'bad.csv does not fit the expected columns of landing zone strict: day: the column is missing; it must be DATE, and 2 more',
          issues: [
            { path: 'day', message: 'the column is missing; it must be DATE' },
            { path: 'dax', message: 'the column is not expected; the zone has n, day' },
            { path: 'n', message: 'line 3 holds "x", which is no BIGINT', line: 3 },
          ],
        },
      },
    });
    expect(await client.onDisk('strict')).toEqual([]);
  });

  test('a file that fits is stored unchanged', async () => {
    const stored = await client.upload('strict', 'good.csv', 'day,n\n2024-01-01,1\n');
    expect(stored).toMatchObject({ status: 201, body: { name: 'good.csv', bytes: 19 } });
    expect(await client.names('strict')).toContain('good.csv');
    expect((await client.upload('strict', 'good.csv', 'day,n\n2024-01-01,2\n')).status).toBe(409);
    const again = await client.upload('strict', 'good.csv', 'day,n\n2024-01-01,1\n');
    expect(again).toEqual(stored);
  });

  test('a file whose name says nothing about its format is refused before it is sent', async () => {
    const refused = await client.upload('strict', 'book.xlsx', 'n\n1\n');
    expect(refused.status).toBe(422);
    expect(refused.body.error?.message).toContain('must end with .csv');
  });
});

describe('the facts of a file', () => {
  test('the facts of a CSV hold its hash, its inferred columns and its first rows', async () => {
    const { body: uploaded } = await client.upload('facts', 'a.csv', 'n,day\n1,2024-01-01\n2,\n');
    const { status, body } = await send('GET', '/default/facts/files/a.csv');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: 'a.csv',
      bytes: 22,
      modified_at: expect.any(String),
      sha256: uploaded.sha256,
      format: 'csv',
      columns: COLUMNS,
      rows: [
        ['1', '2024-01-01'],
        ['2', null],
      ],
      row_count: 2,
      error: null,
    });
  });

  test('the facts of a broken CSV hold the line of its mistake, and no path of the machine', async () => {
    const lines = Array.from({ length: 30_000 }, (_, n) => `${n},a`);
    await client.upload('facts', 'broken.csv', `n,name\n${lines.join('\n')}\n1,2,3,4\n`);
    const { body } = await send('GET', '/default/facts/files/broken.csv');
    expect(body).toMatchObject({ rows: null, error: { line: 30_002 } });
    expect(JSON.stringify(body)).not.toContain(fleet.home);
  });

  test('the facts of a delivered file of any owner are read as a run would read it', async () => {
    const folder = join(fleet.home, 'landing/default/delivered');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'a.json'), '{"n": 1}\n', { mode: 0o644 });
    const { body } = await send('GET', '/default/delivered/files/a.json');
    expect(body).toMatchObject({ columns: [{ name: 'n', type: 'BIGINT' }], rows: [['1']] });
  });

  test('the facts of a file of another kind are its size and its hash', async () => {
    await client.upload('facts', 'a.bin', 'abc');
    const { body } = await send('GET', '/default/facts/files/a.bin');
    expect(body).toMatchObject({ bytes: 3, format: null, columns: null, rows: null, error: null });
    expect((await send('GET', '/default/facts/files/none.csv')).status).toBe(404);
  });
});

describe('samples of a zone', () => {
  const upload = (name: string, body: string | Uint8Array, more = ''): Promise<Answer> =>
    client.send('POST', `/landing-zones/default/sampled/samples?name=${name}${more}`, {
      body: body as RequestInit['body'] & (string | Uint8Array),
    });

  test('samples are stored, listed, replaced and deleted, and are no files of the zone', async () => {
    expect(await upload('a.csv', 'n\n1\n')).toMatchObject({ status: 201, body: { bytes: 4 } });
    expect((await upload('a.csv', 'n\n2\n')).status).toBe(409);
    expect((await upload('a.csv', 'n\n22\n', '&replace=true')).status).toBe(201);
    expect((await upload('a.csv', 'n\n22\n')).status).toBe(201);
    expect((await send('GET', '/default/sampled/samples')).body).toEqual({
      samples: [{ name: 'a.csv', bytes: 5, modified_at: expect.any(String) }],
      files: [
        {
          path: 'default/landing/sampled/_samples/a.csv',
          size: 5,
          modified: expect.any(String),
          type: 'sample',
        },
      ],
      total: 1,
    });
    expect(await client.names('sampled')).toEqual([]);
    expect((await send('DELETE', '/default/sampled/samples/a.csv')).status).toBe(204);
    expect((await send('DELETE', '/default/sampled/samples/a.csv')).status).toBe(404);
  });

  test('samples are small texts', async () => {
    const full = 'x'.repeat(1024 * 1024);
    expect((await upload('full.csv', full)).status).toBe(201);
    expect((await upload('large.csv', `${full}x`)).status).toBe(413);
    expect((await upload('binary.csv', new Uint8Array([0xff, 0xfe]))).status).toBe(422);
    expect((await upload('nul.csv', 'a\0b')).status).toBe(422);
  });
});
