import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OPERATIONS, type Operation } from '@rat/contracts';
import { putPipeline } from '@rat/store';
import { eventually } from '@rat/testing';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
beforeAll(async () => {
  api = await openApi();
  http = supertest(api.url);
});
afterAll(() => api.close());

interface Entry {
  action: string;
  request_id: string;
  resource: string;
  status: number;
  user_id: string | null;
  objects: { total: number; resources: string[] } | null;
  token_id: string | null;
  session_id: string | null;
}

async function entriesOf(query: string): Promise<Entry[]> {
  const { body } = await http.get(`/api/v1/audit?${query}`).expect(200);
  return body.entries;
}

async function entryOf(requestId: string): Promise<Entry | undefined> {
  return (await entriesOf('limit=200')).find((entry) => entry.request_id === requestId);
}

describe('the audit log', () => {
  test('a change has an entry as soon as it is answered, with who, what, from where and the outcome', async () => {
    const made = await http
      .post('/api/v1/namespaces')
      .set({ 'x-requested-by': 'ana', 'x-request-id': 'made-1' })
      .send({ name: 'audited', description: 'a secret: hunter2' })
      .expect(201);
    const { body } = await http.get('/api/v1/audit?resource=namespaces/audited').expect(200);
    expect(body).toEqual({
      entries: [
        {
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          created_at: expect.any(String),
          user_id: 'ana',
          action: 'createNamespace',
          resource: 'namespaces/audited',
          resource_type: 'namespaces',
          resource_address: 'audited',
          status: 201,
          detail: 'answered 201',
          request_id: 'made-1',
          ip: expect.stringContaining('127.0.0.1'),
          objects: null,
          token_id: null,
          session_id: null,
        },
      ],
      total: 1,
      next_cursor: null,
    });
    expect(made.headers['x-request-id']).toBe('made-1');
    const { rows } = await api.db.pool.query('SELECT * FROM audit_entries');
    expect(JSON.stringify(rows)).not.toContain('hunter2');
  });

  test('a refused change has an entry with its status, in each way in which it can be refused', async () => {
    const requests: [string, number, supertest.Test][] = [
      ['taken', 409, http.post('/api/v1/namespaces').send({ name: 'default' })],
      ['missing', 404, http.delete('/api/v1/pipelines/default/gold/nothing')],
      ['malformed', 400, http.post('/api/v1/runs').type('json').send('{')],
      ['unknown', 400, http.post('/api/v1/runs?nonsense=1').send({})],
      ['type', 415, http.post('/api/v1/runs').type('text').send('x')],
    ];
    for (const [id, status, sent] of requests) {
      await sent.set('x-request-id', `refused-${id}`).expect(status);
      expect(await entryOf(`refused-${id}`)).toMatchObject({ status });
      expect((await entryOf(`refused-${id}`))?.resource).not.toContain('undefined');
    }
  });

  test('an entry names the author that only the body states, and no author for a malformed header', async () => {
    const runId = await api.runner.start();
    await http
      .post(`/api/v1/runs/${runId}/cancel`)
      .set('x-request-id', 'by-body')
      .send({ requested_by: 'bo' })
      .expect(200);
    expect(await entryOf('by-body')).toMatchObject({
      user_id: 'bo',
      action: 'cancelRun',
      resource: `runs/${runId}`,
    });
    await http
      .post(`/api/v1/runs/${runId}/cancel`)
      .set({ 'x-request-id': 'malformed-author', 'x-requested-by': 'x'.repeat(300) })
      .expect(400);
    expect(await entryOf('malformed-author')).toMatchObject({ user_id: null, status: 400 });
  });

  test('an entry of many runs names them, and that of a rerun names the new run', async () => {
    const ids = [await api.runner.start(), await api.runner.start()];
    const planned = await http
      .post('/api/v1/runs/cancel')
      .set('x-request-id', 'planned')
      .send({ filter: { pipeline: 'orders' } })
      .expect(200);
    const of = (resources: string[]) => ({ total: resources.length, resources });
    const runs = ids.map((id) => `runs/${id}`);
    const plan = (await entryOf('planned'))?.objects;
    expect(plan).toEqual({ total: planned.body.count, resources: expect.arrayContaining(runs) });
    await Promise.all(ids.map((id) => http.post(`/api/v1/runs/${id}/cancel`)));
    const rerun = await http
      .post('/api/v1/runs/rerun')
      .set('x-request-id', 'rerun-many')
      .send({ ids: [ids[0], '00000000-0000-4000-8000-000000000000'] })
      .expect(202);
    const [{ run_id: made }] = rerun.body.runs;
    expect((await entryOf('rerun-many'))?.objects).toEqual(of([`runs/${made}`]));
    const one = await http
      .post(`/api/v1/runs/${ids[1]}/rerun`)
      .set('x-request-id', 'rerun-one')
      .expect(202);
    expect(await entryOf('rerun-one')).toMatchObject({
      resource: `runs/${ids[1]}`,
      objects: of([`runs/${one.body.run_id}`]),
    });
    const cancelled = await http
      .post('/api/v1/runs/cancel')
      .send({ filter: { pipeline: 'orders' } });
    await http
      .post('/api/v1/runs/cancel')
      .set('x-request-id', 'cancelled-many')
      .send({ token: cancelled.body.token })
      .expect(200);
    const { objects } = (await entryOf('cancelled-many')) ?? {};
    expect(objects?.resources.toSorted()).toEqual(
      [`runs/${made}`, `runs/${one.body.run_id}`].toSorted(),
    );
  });

  test('the filter of a namespace shows the entries about its things, named by address or by id, and no others', async () => {
    await http.post('/api/v1/namespaces').send({ name: 'filtered' }).expect(201);
    await http.put('/api/v1/namespaces/filtered').send({ owner: 'ana' });
    for (const namespace of ['filtered', 'filtered_too']) {
      if (namespace !== 'filtered')
        await http.post('/api/v1/namespaces').send({ name: namespace }).expect(201);
      await http
        .put(`/api/v1/pipelines/${namespace}/gold/sums/draft`)
        .send({ sql: 'SELECT 1 AS n' })
        .expect(201);
      await http
        .put(`/api/v1/files/${namespace}/pipelines/gold/sums/pipeline.sql`)
        .send({ content: 'SELECT 1 AS n' });
    }
    const content = { sql: 'SELECT 1', config: {}, qualityTests: [], contentHash: 'one' };
    const sums = { namespace: 'filtered', layer: 'gold', name: 'sums' } as const;
    await putPipeline(api.db, sums, content);
    const { body } = await http
      .post('/api/v1/runs')
      .send({ namespace: 'filtered', layer: 'gold', pipeline: 'sums' })
      .expect(202);
    await http.post(`/api/v1/runs/${await api.runner.start()}/cancel`).expect(200);
    const found = await entriesOf('namespace=filtered&limit=200');
    const resources = new Set(found.map(({ resource }) => resource));
    expect(resources).toEqual(
      new Set([
        'namespaces/filtered',
        'pipelines/filtered/gold/sums',
        'files/filtered/pipelines/gold/sums/pipeline.sql',
        `runs/${body.run_id}`,
      ]),
    );
    const runs = await entriesOf('namespace=filtered&action=createRun');
    expect(runs.map(({ resource }) => resource)).toEqual([`runs/${body.run_id}`]);
    for (const none of ['filtere', 'No-Slug', '%00', 'filtered/gold']) {
      const { body: page } = await http.get(`/api/v1/audit?namespace=${none}`).expect(200);
      expect(page).toEqual({ entries: [], total: 0, next_cursor: null });
    }
  });

  test('reads have no entry, also those whose method is POST', async () => {
    const { total } = (await http.get('/api/v1/audit')).body;
    await http.get('/api/v1/runs').expect(200);
    await http.get('/api/v1/runs/nothing').expect(404);
    await http.post('/api/v1/query').send({ sql: 'SELECT 1' });
    await http.post('/api/v1/pipelines/validate').send({});
    await http.post('/api/v1/pipelines/preview').send({});
    await http.post('/api/v1/no/such/route').expect(404);
    expect((await http.get('/api/v1/audit')).body.total).toBe(total);
  });

  test('every operation that is no GET is audited, but for those declared to change nothing', () => {
    const reading = Object.values<Operation>(OPERATIONS).filter(
      ({ changesNothing }) => changesNothing,
    );
    expect(reading.map(({ id }) => id).toSorted()).toEqual([
      'previewPipeline',
      'query',
      'validatePipeline',
    ]);
  });

  test('a change whose client leaves before the answer has an entry', async () => {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write(
      [
        'PUT /api/v1/pipelines/default/gold/left HTTP/1.1',
        `Host: ${hostname}`,
        'Content-Type: application/json',
        'Content-Length: 1000',
        'X-Request-ID: left-early',
        '',
        '{"sql":',
      ].join('\r\n'),
    );
    const gone = once(api.server, 'request');
    await gone;
    socket.destroy();
    await eventually('the entry', async () => (await entryOf('left-early')) !== undefined);
    expect(await entryOf('left-early')).toMatchObject({ action: 'putPipeline', status: 499 });
  });

  test('changes at once have one entry each', async () => {
    const names = Array.from({ length: 30 }, (_, n) => `many_${n}`);
    await Promise.all(
      names.map((name) => http.post('/api/v1/namespaces').send({ name }).expect(201)),
    );
    const made = (await entriesOf('action=createNamespace&limit=200')).map((one) => one.resource);
    for (const name of names) {
      expect(made.filter((resource) => resource === `namespaces/${name}`)).toHaveLength(1);
    }
  });

  test('the list is filtered and paged, and refuses what it does not know', async () => {
    const first = await http.get('/api/v1/audit?limit=2&action=createNamespace').expect(200);
    expect(first.body.entries).toHaveLength(2);
    const path = `/api/v1/audit?limit=2&action=createNamespace&cursor=${first.body.next_cursor}`;
    const second = await http.get(path).expect(200);
    expect(second.body.total).toBe(first.body.total);
    const ids = [...first.body.entries, ...second.body.entries].map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(4);
    expect(await entriesOf('who=nobody')).toEqual([]);
    expect(await entriesOf('from=2999-01-01')).toEqual([]);
    for (const wrong of [
      'whom=ana',
      'cursor=x',
      'from=yesterday',
      'limit=0',
      'cursor=x&offset=1',
    ]) {
      await http.get(`/api/v1/audit?${wrong}`).expect(400);
    }
  });

  test('a filter with a character that Postgres cannot hold finds the entry that was stored in its place', async () => {
    for (const filter of ['who', 'action', 'resource']) {
      expect(await entriesOf(`${filter}=a%00b`)).toEqual([]);
      expect(await entriesOf(`${filter}=%00`)).toEqual([]);
    }
    await http.put('/api/v1/namespaces/nul%00nul').send({}).expect(400);
    const found = await entriesOf('resource=namespaces/nul%00nul');
    expect(found.map(({ status }) => status)).toEqual([400]);
  });

  test('a change is answered also when its entry cannot be stored', async () => {
    await api.db.pool.query('ALTER TABLE audit_entries RENAME TO audit_entries_away');
    try {
      await http.post('/api/v1/namespaces').send({ name: 'unrecorded' }).expect(201);
      await http.delete('/api/v1/namespaces/unrecorded').expect(503);
    } finally {
      await api.db.pool.query('ALTER TABLE audit_entries_away RENAME TO audit_entries');
    }
  });
});
