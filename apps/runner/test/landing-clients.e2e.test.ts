import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, startFleet, type Fleet } from '@rat/testing';
import { LandingClient } from './landing-client.ts';

/*
 * Landing zones as clients of other platforms read them: the same operations with further keys.
 */

let fleet: Fleet;
let client: LandingClient;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  client = new LandingClient(fleet);
}, 60_000);
afterAll(() => fleet.close());

interface Reply {
  status: number;
  body: Record<string, unknown> & { files?: Record<string, unknown>[] };
}

async function send(method: string, path: string, body?: object): Promise<Reply> {
  const init = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return client.send(method, `/landing-zones${path}`, body === undefined ? {} : init);
}

/** A form with one part named `file`, as other clients send files. */
async function sendForm(
  path: string,
  name: string,
  text: string,
  type = 'text/csv',
): Promise<Reply> {
  const form = new FormData();
  form.set('file', new Blob([text], { type }), name);
  const headers = { 'x-requested-by': 'ana' };
  return client.send('POST', `/landing-zones${path}`, { body: form, headers });
}

const ZONE_KEYS = [
  'created_at',
  'description',
  'expected_schema',
  'file_count',
  'id',
  'name',
  'namespace',
  'owner',
  'total_bytes',
  'updated_at',
];

test('a zone is created, listed, read and changed with all keys that other clients read', async () => {
  const made = { namespace: 'default', name: 'drops', description: 'Vehicles' };
  const created = await send('POST', '', made);
  expect(created).toMatchObject({
    status: 201,
    body: { ...made, id: 'default.drops', owner: null, expected_schema: '', file_count: 0 },
  });
  await sendForm('/default/drops/files', 'a.csv', 'n\n1\n');
  const change = { description: 'Cars', owner: 'bo', expected_schema: 'n' };
  const changed = await send('PUT', '/default/drops', change);
  expect(changed).toMatchObject({
    status: 200,
    body: { ...change, file_count: 1, total_bytes: 4 },
  });
  const { body: list } = await send('GET', '?namespace=default');
  const { body: one } = await send('GET', '/default/drops');
  expect(list['zones']).toEqual(list['landing_zones']);
  expect(list['zones']).toContainEqual(one);
  for (const body of [created.body, changed.body, one]) {
    expect(Object.keys(body)).toEqual(expect.arrayContaining(ZONE_KEYS));
  }
});

test('an uploaded file has its sender, its type and its time, in the answer, in the list and by its id', async () => {
  const { status, body } = await sendForm(
    '/default/sent/files',
    'cars ü.csv',
    'n\n1\n',
    'text/x-cars',
  );
  expect(status).toBe(201);
  const { sha256, ...file } = body;
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(file).toEqual({
    name: 'cars ü.csv',
    bytes: 4,
    modified_at: expect.any(String),
    id: expect.any(String),
    zone_id: 'default.sent',
    filename: 'cars ü.csv',
    s3_path: 'default/landing/sent/cars ü.csv',
    size_bytes: 4,
    content_type: 'text/x-cars',
    uploaded_by: 'ana',
    uploaded_at: expect.any(String),
  });
  expect((await send('GET', '/default/sent/files')).body.files).toEqual([file]);
  for (const which of [String(file.id), encodeURIComponent('cars ü.csv')]) {
    expect((await send('GET', `/default/sent/files/${which}`)).body).toMatchObject(file);
  }
  expect((await send('DELETE', `/default/sent/files/${String(file.id)}`)).status).toBe(204);
  expect(await client.names('sent')).toEqual([]);
});

test('a file that was delivered past the API is listed with its own time and no sender', async () => {
  const folder = join(fleet.home, 'landing/default/moved');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'a.json'), '{"n": 1}\n');
  const { body } = await send('GET', '/default/moved/files');
  const [file] = body.files ?? [];
  expect(file).toMatchObject({ content_type: 'application/json', uploaded_by: null });
  expect(file?.['uploaded_at']).toBe(file?.['modified_at']);
  expect(JSON.stringify(body)).not.toContain(fleet.home);
});

test('the id of a file that was replaced names nothing any more, and does not delete the new one', async () => {
  const { body: old } = await sendForm('/default/replaced/files', 'a.csv', 'n\n1\n');
  const { body: now } = await sendForm('/default/replaced/files?replace=true', 'a.csv', 'n\n22\n');
  expect(now['id']).not.toBe(old['id']);
  const path = `/default/replaced/files/${String(old['id'])}`;
  expect((await send('GET', path)).status).toBe(404);
  expect((await send('DELETE', path)).status).toBe(404);
  expect(await client.names('replaced')).toEqual(['a.csv']);
  expect((await send('DELETE', `/default/replaced/files/${String(now['id'])}`)).status).toBe(204);
});

test('the very same file is accepted again and changes nothing, also not its sender', async () => {
  const first = await sendForm('/default/twice/files', 'a.csv', 'n\n1\n');
  const again = await client.upload('twice', 'a.csv', 'n\n1\n');
  expect(again).toEqual(first);
  expect((await sendForm('/default/twice/files', 'a.csv', 'n\n2\n')).status).toBe(409);
  expect(await client.names('twice')).toEqual(['a.csv']);
});

test('an archived file keeps its sender, also when its name was used again', async () => {
  await client.define('kept', { archive_landing_zones: true });
  await sendForm('/default/kept/files', 'a.csv', 'n\n1\n');
  const runId = await client.run('kept');
  // The files move after the run has succeeded.
  await eventually('the archive', async () => (await client.names('kept')).length === 0);
  expect((await client.upload('kept', 'a.csv', 'n\n2\n')).status).toBe(201);
  const archived = await send('GET', '/default/kept/files?processed=true');
  expect(archived.body.files).toMatchObject([
    {
      name: `${runId}/a.csv`,
      s3_path: `default/landing/kept/_processed/${runId}/a.csv`,
      uploaded_by: 'ana',
    },
  ]);
  expect((await send('GET', '/default/kept/files')).body.files).toMatchObject([
    { name: 'a.csv', uploaded_by: null, content_type: 'text/plain' },
  ]);
}, 60_000);

test('a sample is uploaded as a form, and answered with its path and its size', async () => {
  expect(await sendForm('/default/drops/samples', 'few.csv', 'n\n1\n')).toMatchObject({
    status: 201,
    body: {
      path: 'default/landing/drops/_samples/few.csv',
      filename: 'few.csv',
      size: 4,
      status: 'uploaded',
    },
  });
  expect((await send('DELETE', '/default/drops/samples/few.csv')).status).toBe(204);
});
