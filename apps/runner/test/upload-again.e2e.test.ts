import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, startFleet, type Fleet } from '@rat/testing';
import { LandingClient } from './landing-client.ts';

/** A file of one name and one content that arrives more than once. */
let fleet: Fleet;
let client: LandingClient;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  client = new LandingClient(fleet);
}, 60_000);
afterAll(() => fleet.close());

const CONTENT = 'n\n1\n';

/** A pipeline that each upload into the zone of its name starts. */
async function watch(name: string, config: object = {}): Promise<void> {
  await client.define(name, config);
  await client.send('PUT', `/pipelines/default/bronze/${name}/triggers/files`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'upload', config: { zone: name } }),
  });
}

async function send(zone: string, key: string, { name = 'a.csv', content = CONTENT } = {}) {
  const path = `/landing-zones/default/${zone}/files?name=${name}`;
  const headers = { 'idempotency-key': key };
  const response = await fetch(client.url(path), { method: 'POST', headers, body: content });
  const isReplayed = response.headers.get('idempotent-replayed') === 'true';
  return { status: response.status, isReplayed, body: await response.json() };
}

async function successes(name: string): Promise<number> {
  const [row] = await fleet.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM runs WHERE pipeline = '${name}' AND status = 'success'`,
  );
  return row?.n ?? 0;
}

async function reached(name: string, wanted: number): Promise<void> {
  await eventually(`${wanted} successes`, async () => (await successes(name)) === wanted, 30_000);
}

async function archived(name: string, wanted: number): Promise<void> {
  await eventually('the file is archived', async () => {
    const files = await client.names(name, '&processed=true');
    return files.length === wanted && (await client.names(name)).length === 0;
  });
}

test('a file that arrives anew after a run has archived it starts a run, and the same request again starts none', async () => {
  await watch('archived', { archive_landing_zones: true });
  const first = await send('archived', 'one');
  expect(first).toMatchObject({ status: 201, isReplayed: false });
  await reached('archived', 1);
  await archived('archived', 1);

  expect(await send('archived', 'one')).toEqual({ ...first, isReplayed: true });
  expect(await client.names('archived')).toEqual([]);

  expect(await send('archived', 'two')).toMatchObject({ status: 201, isReplayed: false });
  await reached('archived', 2);
  await archived('archived', 2);
  expect((await client.upload('archived', 'a.csv', CONTENT)).status).toBe(201);
  await reached('archived', 3);
  await archived('archived', 3);
  await client.upload('archived', 'b.csv', 'n\n5\n');
  await reached('archived', 4);
  await archived('archived', 4);
  // Each delivery is read once: a run too many would have read a file again.
  expect(await client.rows('archived')).toEqual([1, 1, 1, 5]);
}, 60_000);

test('an Idempotency-Key of an upload is refused for another file, content or zone', async () => {
  expect((await send('keyed', 'k')).status).toBe(201);
  const others = [
    [await send('keyed', 'k', { content: 'n\n2\n' }), 'content'],
    [await send('keyed', 'k', { name: 'b.csv' }), 'name'],
    [await send('elsewhere', 'k'), 'zone'],
  ] as const;
  for (const [{ status, body }, field] of others) {
    expect(status).toBe(409);
    expect(body).toMatchObject({ error: { message: expect.stringContaining(field) } });
  }
  expect(await client.names('keyed')).toEqual(['a.csv']);
});

test('a file that waits is news again only when it replaces itself', async () => {
  await watch('waiting', { merge_strategy: 'full_refresh' });
  await client.upload('waiting', 'a.csv', CONTENT);
  await reached('waiting', 1);
  expect((await client.upload('waiting', 'a.csv', CONTENT)).status).toBe(201);
  expect((await client.upload('waiting', 'a.csv', 'n\n2\n')).status).toBe(409);
  expect((await client.upload('waiting', 'a.csv', CONTENT, '&replace=true')).status).toBe(201);
  await reached('waiting', 2);
  await client.upload('waiting', 'b.csv', 'n\n5\n');
  await reached('waiting', 3);
  expect(await client.rows('waiting')).toEqual([1, 5]);
}, 60_000);

test('the same file in a form is news each time, as on the page of the reference platform, but not with the key of an earlier request', async () => {
  await watch('forms', { merge_strategy: 'full_refresh' });
  const deliver = async (headers: Record<string, string> = {}): Promise<number> => {
    const body = new FormData();
    body.set('file', new Blob([CONTENT]), 'a.csv');
    const init = { method: 'POST', headers, body };
    return (await fetch(client.url('/landing-zones/default/forms/files'), init)).status;
  };
  expect(await deliver()).toBe(201);
  await reached('forms', 1);
  expect(await deliver()).toBe(201);
  await reached('forms', 2);
  expect(await deliver({ 'idempotency-key': 'form' })).toBe(201);
  expect(await deliver({ 'idempotency-key': 'form' })).toBe(201);
  await client.upload('forms', 'b.csv', 'n\n5\n');
  await reached('forms', 3);
  expect(await client.rows('forms')).toEqual([1, 5]);
}, 60_000);

test('the archived files of a zone are listed where clients of the reference platform look for them', async () => {
  await client.define('listed', { archive_landing_zones: true });
  await client.upload('listed', 'a.csv', CONTENT);
  const run = await client.run('listed');
  await archived('listed', 1);
  await client.upload('listed', 'waiting.csv', CONTENT);
  const folder = 'default/landing/listed/_processed';
  const file = { path: `${folder}/${run}/a.csv`, size: 4, type: 'landing' };
  for (const prefix of [folder, `${folder}/`, `${folder}/${run}/`]) {
    const { body } = await client.send('GET', `/files?prefix=${encodeURIComponent(prefix)}`);
    expect(body.files).toEqual([expect.objectContaining(file)]);
    expect(body.files?.[0]).toMatchObject({ modified: expect.stringMatching(/^20.*Z$/) });
  }
  for (const prefix of [
    'default/landing/listed/',
    'default/landing/other/_processed/',
    `${folder}x`,
  ]) {
    const { body } = await client.send('GET', `/files?prefix=${encodeURIComponent(prefix)}`);
    expect(body.files).toEqual([]);
  }
  const without = await client.send('GET', `/files?prefix=${folder}/&exclude=_processed`);
  expect(without.body.files).toEqual([]);
}, 60_000);
