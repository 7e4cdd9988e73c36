import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LineageAnswer } from '@rat/contracts';
import { parseRef, type PipelineRef } from '@rat/domain';
import { createNamespace, putPipeline } from '@rat/store';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

const ADMIN_TOKEN = 'the-token-of-the-environment-0123456789';

let api: ApiFixture;
let http: ReturnType<typeof supertest>;

beforeAll(async () => {
  api = await openApi();
  http = supertest(api.url);
}, 60_000);
afterAll(() => api.close());

const pathOf = (address: string): string => `/api/v1/pipelines/${address.replaceAll('.', '/')}`;

async function put(address: string, sql: string, more: object = {}): Promise<void> {
  const answer = await http.put(pathOf(address)).send({ sql, ...more });
  expect([200, 201]).toContain(answer.status);
}

async function lineage(query: string, headers = {}): Promise<LineageAnswer> {
  const answer = await http.get(`/api/v1/lineage?${query}`).set(headers).expect(200);
  return answer.body;
}

const ids = ({ nodes }: LineageAnswer): string[] => nodes.map(({ id }) => id).toSorted();
const lines = ({ edges }: LineageAnswer): string[] =>
  edges.map(({ from, to, kind }) => `${from} ${kind} ${to}`).toSorted();

function toRef(address: string): PipelineRef {
  const ref = parseRef(address, '');
  if (ref === undefined) throw new Error('no address');
  return ref;
}

/** Stores a version as an older release did: what it reads is not stored beside it. */
async function putUnlisted(address: string, sql: string): Promise<void> {
  const content = { sql, config: {}, qualityTests: [], contentHash: randomUUID() };
  await putPipeline(api.db, toRef(address), content);
}

describe('the graph', () => {
  beforeAll(async () => {
    await put('default.bronze.drops', `SELECT * FROM read_csv({{ landing_zone('files') }})`);
    await put('default.silver.clean', `SELECT * FROM {{ ref('bronze.drops') }}`, {
      quality_tests: [
        {
          name: 'known',
          sql: `SELECT * FROM {{ this }} ANTI JOIN {{ ref('bronze.known') }} USING (id)`,
        },
      ],
    });
    await put('default.gold.daily', 'SELECT count(*) AS n FROM default.silver.clean');
  });

  test('of a root has what lies so many pipelines above and below, each pipeline beside its table', async () => {
    const answer = await lineage('root=silver.clean&up=1&down=1');
    expect(ids(answer)).toEqual([
      'pipeline:default.bronze.drops',
      'pipeline:default.gold.daily',
      'pipeline:default.silver.clean',
      'table:default.bronze.drops',
      'table:default.bronze.known',
      'table:default.gold.daily',
      'table:default.silver.clean',
    ]);
    expect(lines(answer)).toEqual([
      'pipeline:default.bronze.drops produces table:default.bronze.drops',
      'pipeline:default.gold.daily produces table:default.gold.daily',
      'pipeline:default.silver.clean produces table:default.silver.clean',
      'table:default.bronze.drops ref pipeline:default.silver.clean',
      'table:default.bronze.known test pipeline:default.silver.clean',
      'table:default.silver.clean ref pipeline:default.gold.daily',
    ]);
    expect(answer).toMatchObject({ truncated: false, complete: true });
  });

  test('reaches the landing zones, and marks tables that no run has written', async () => {
    const { nodes, edges } = await lineage('root=table:default.gold.daily&up=3&down=0');
    expect(nodes).toContainEqual({
      id: 'landing:default/files',
      kind: 'landing',
      type: 'landing_zone',
      namespace: 'default',
      name: 'files',
      exists: true,
      last_run: null,
      stale_since: null,
      in_cycle: false,
    });
    expect(nodes.find(({ id }) => id === 'table:default.bronze.known')).toMatchObject({
      exists: false,
    });
    expect(edges).toContainEqual({
      from: 'landing:default/files',
      to: 'pipeline:default.bronze.drops',
      source: 'landing:default/files',
      target: 'pipeline:default.bronze.drops',
      kind: 'landing',
      type: 'landing_input',
      declared: true,
      observed: false,
    });
  });

  test('begins at a landing zone too, and answers at the path of the reference platform', async () => {
    const answer = await lineage('root=default/files&down=1');
    expect(ids(answer)).toEqual([
      'landing:default/files',
      'pipeline:default.bronze.drops',
      'table:default.bronze.drops',
    ]);
    const other = await http.get('/api/v1/x/lineage/graph?root=default/files&down=1').expect(200);
    expect(other.body).toEqual(answer);
  });

  test('is cut at the limit, and says so', async () => {
    const answer = await lineage('root=gold.daily&up=9&down=0&limit=2');
    expect(answer.truncated).toBe(true);
    expect(ids(answer)).toEqual([
      'pipeline:default.gold.daily',
      'pipeline:default.silver.clean',
      'table:default.gold.daily',
      'table:default.silver.clean',
    ]);
  });

  test.each([
    ['root=nonsense', 400, /^root: must be a pipeline or table as layer\.name/],
    ['root=gold.nothing', 404, /gold\.nothing not found/],
    ['root=default/nothing', 404, /default\/nothing not found/],
    ['up=-1', 400, /^up: must be a whole number of at least 0/],
    ['deep=1', 400, /unknown parameter deep/],
  ])('refuses %s with %d', async (query, status, message) => {
    const answer = await http.get(`/api/v1/lineage?${query}`);
    expect(answer.status).toBe(status);
    expect(answer.body.error.message).toMatch(message);
  });
});

test('every writer of versions stores what the version reads', async () => {
  const sql = `SELECT * FROM {{ ref('bronze.a') }}`;
  await put('default.silver.w_put', sql);
  await http
    .put(`${pathOf('default.silver.w_draft')}/draft`)
    .send({ sql })
    .expect(201);
  await http
    .post(`${pathOf('default.silver.w_draft')}/publish`)
    .send({})
    .expect(201);
  await put('default.silver.w_restore', sql);
  await put('default.silver.w_restore', 'SELECT 1 AS n');
  await http
    .post(`${pathOf('default.silver.w_restore')}/versions/1/restore`)
    .send({})
    .expect(201);
  await put('default.silver.w_test', sql);
  await http
    .post(`${pathOf('default.silver.w_test')}/tests`)
    .send({ name: 'one', sql: `SELECT * FROM {{ ref('bronze.b') }}` })
    .expect(201);
  await http
    .post('/api/v1/pipelines')
    .send({ namespace: 'default', layer: 'silver', name: 'w_file' })
    .expect(201);
  await http
    .put('/api/v1/files/default/pipelines/silver/w_file/pipeline.sql')
    .send({ content: sql })
    .expect(200);
  await http
    .post(`${pathOf('default.silver.w_file')}/publish`)
    .send({})
    .expect(201);
  await put('default.silver.w_facts', sql);
  await http.put(pathOf('default.silver.w_facts')).send({ description: 'of facts' }).expect(200);

  const { rows } = await api.db.pool.query<{
    name: string;
    version: number;
    listed: boolean;
    reads: string;
  }>(
    `SELECT p.name, v.version, v.inputs_listed AS listed, (
       SELECT string_agg(i.kind || ' ' || i.target, ', ' ORDER BY i.kind) FROM pipeline_inputs i
       WHERE i.version_id = v.id
     ) AS reads
     FROM pipeline_versions v JOIN pipelines p ON p.id = v.pipeline_id AND p.current_version = v.version
     WHERE p.name LIKE 'w\\_%' ORDER BY p.name`,
  );
  const a = 'ref default.bronze.a';
  expect(rows).toEqual([
    { name: 'w_draft', version: 1, listed: true, reads: a },
    { name: 'w_facts', version: 2, listed: true, reads: a },
    { name: 'w_file', version: 1, listed: true, reads: a },
    { name: 'w_put', version: 1, listed: true, reads: a },
    { name: 'w_restore', version: 3, listed: true, reads: a },
    { name: 'w_test', version: 2, listed: true, reads: `${a}, test default.bronze.b` },
  ]);
});

describe('versions of an older release', () => {
  test('have their edges in the first answer, although nothing was stored of what they read', async () => {
    await putUnlisted('default.silver.old', `SELECT * FROM {{ ref('bronze.older') }}`);
    const answer = await lineage('root=silver.old&up=1');
    expect(lines(answer)).toContain('table:default.bronze.older ref pipeline:default.silver.old');
    expect(answer.complete).toBe(true);
  });

  test('count in the check for cycles', async () => {
    await putUnlisted('default.silver.first', `SELECT * FROM {{ ref('silver.second') }}`);
    const answer = await http
      .put(pathOf('default.silver.second'))
      .send({ sql: `SELECT * FROM {{ ref('silver.first') }}` });
    expect(answer.status).toBe(422);
    expect(answer.body.error.message).toMatch(
      /cycle: default\.silver\.second → default\.silver\.first → default\.silver\.second/,
    );
  });

  test('that make a cycle are marked, and pipelines beside the cycle are not', async () => {
    await putUnlisted('default.silver.ring_a', `SELECT * FROM {{ ref('silver.ring_b') }}`);
    await putUnlisted('default.silver.ring_b', `SELECT * FROM {{ ref('silver.ring_a') }}`);
    await put('default.gold.after', `SELECT * FROM {{ ref('silver.ring_a') }}`);
    const { nodes } = await lineage('root=gold.after&up=5');
    const marked = nodes.filter((node) => node.in_cycle).map(({ id }) => id);
    expect(marked.toSorted()).toEqual([
      'pipeline:default.silver.ring_a',
      'pipeline:default.silver.ring_b',
      'table:default.silver.ring_a',
      'table:default.silver.ring_b',
    ]);
  });
});

describe('namespaces', () => {
  let guarded: ApiFixture;
  const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };

  beforeAll(async () => {
    guarded = await openApi({ adminToken: ADMIN_TOKEN });
    for (const name of ['sales', 'secret']) await createNamespace(guarded.db, name, {});
    const store = async (address: string, target: string): Promise<void> => {
      const inputs = [{ kind: 'ref' as const, target }];
      const content = { sql: '', config: {}, qualityTests: [], contentHash: 'x', inputs };
      await putPipeline(guarded.db, toRef(address), content);
    };
    await store('secret.silver.hidden', 'secret.bronze.raw');
    await store('sales.silver.own', 'secret.silver.hidden');
    await store('sales.gold.daily', 'sales.silver.own');
    await store('secret.gold.reader', 'sales.gold.daily');
  }, 60_000);
  afterAll(() => guarded.close());

  async function tokenOf(namespaces: string[]): Promise<Record<string, string>> {
    const token = `rat_${randomBytes(32).toString('base64url')}`;
    await guarded.db.pool.query(
      `INSERT INTO tokens (id, name, hash, role, namespaces) VALUES ($1, $2, $3, 'viewer', $4)`,
      [randomUUID(), randomUUID(), createHash('sha256').update(token).digest(), namespaces],
    );
    return { authorization: `Bearer ${token}` };
  }

  const draw = async (query: string, headers: Record<string, string>): Promise<string[]> => {
    const answer = await supertest(guarded.url).get(`/api/v1/lineage?${query}`).set(headers);
    expect(answer.status).toBe(200);
    return [
      ...new Set((answer.body as LineageAnswer).nodes.map(({ id }) => id.split(':')[1] ?? '')),
    ];
  };

  test('a token of one namespace sees its nodes only, from every beginning', async () => {
    const sales = await tokenOf(['sales']);
    const own = ['sales.gold.daily', 'sales.silver.own'];
    for (const query of ['', 'namespace=sales', 'root=sales.gold.daily&up=9&down=9']) {
      expect((await draw(query, sales)).toSorted()).toEqual(own);
    }
    expect((await draw('root=sales.gold.daily&up=9&down=9', admin)).toSorted()).toEqual([
      'sales.gold.daily',
      'sales.silver.own',
      'secret.bronze.raw',
      'secret.gold.reader',
      'secret.silver.hidden',
    ]);
  });

  test('what lies in another namespace is not found, whether it exists or not', async () => {
    const sales = await tokenOf(['sales']);
    for (const query of [
      'root=secret.silver.hidden',
      'root=secret.silver.none',
      'namespace=secret',
    ]) {
      const answer = await supertest(guarded.url).get(`/api/v1/lineage?${query}`).set(sales);
      expect(answer.status).toBe(404);
    }
  });
});
