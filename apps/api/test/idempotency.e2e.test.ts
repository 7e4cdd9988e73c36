import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { putPipeline } from '@rat/store';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { ORDERS } from './simulated-runner.ts';

const BODY = { namespace: 'default', layer: 'silver', pipeline: 'orders' };
const PAIRS = 200;
/** On a slow machine, more requests would wait for the database longer than their timeout. */
const PAIRS_AT_ONCE = 25;

describe('POST /runs with an Idempotency-Key', () => {
  let api: ApiFixture;
  let http: ReturnType<typeof supertest>;
  beforeAll(async () => {
    api = await openApi();
    http = supertest(api.url);
  });
  afterAll(() => api.close());

  async function post(key: string, body: object = BODY): Promise<Response> {
    return fetch(`${api.url}/api/v1/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(body),
    });
  }

  async function countRuns(): Promise<number> {
    const answer = await api.db.pool.query<{ n: number }>('SELECT count(*) AS n FROM runs');
    return answer.rows[0]?.n ?? 0;
  }

  test('a repeated key returns the same run, also for an equivalent body', async () => {
    const first = await post('one');
    const { run_id: runId } = (await first.json()) as { run_id: string };
    expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([202, null]);
    for (const body of [BODY, { ...BODY, trigger: null, priority: 0 }]) {
      const again = await post('one', body);
      expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
      expect(again.headers.get('location')).toBe(`/api/v1/runs/${runId}`);
      expect(await again.json()).toEqual({ run_id: runId, status: 'pending' });
    }
  });

  test('a repeated key with a different body is refused, and the message names the field', async () => {
    await post('two', { ...BODY, trigger: 'a', timeout_seconds: 5 });
    for (const [field, body] of [
      ['trigger', { ...BODY, trigger: 'b', timeout_seconds: 5 }],
      ['timeout_seconds', { ...BODY, trigger: 'a', timeout_seconds: 6 }],
      ['timeout_seconds', { ...BODY, trigger: 'a' }],
      ['max_retries', { ...BODY, trigger: 'a', timeout_seconds: 5, max_retries: 1 }],
      ['pipeline', { ...BODY, pipeline: 'other', trigger: 'a', timeout_seconds: 5 }],
    ] as const) {
      const refused = await post('two', body);
      expect(refused.status).toBe(409);
      const { error } = (await refused.json()) as { error: { message: string } };
      expect(error.message).toContain(field);
    }
  });

  test(`${PAIRS} keys that are each sent twice at once create ${PAIRS} runs`, async () => {
    const before = await countRuns();
    let sent = 0;
    const answers: string[] = [];
    const next = async (): Promise<void> => {
      for (let n = sent; n < PAIRS; n = sent) {
        sent += 1;
        const pair = await Promise.all([post(`pair-${n}`), post(`pair-${n}`)]);
        expect(pair.map((one) => one.status)).toEqual([202, 202]);
        expect(pair.filter((one) => one.headers.has('idempotent-replayed'))).toHaveLength(1);
        const bodies = await Promise.all(pair.map((one) => one.json()));
        expect(bodies[0]).toEqual(bodies[1]);
        answers.push((bodies[0] as { run_id: string }).run_id);
      }
    };
    await Promise.all(Array.from({ length: PAIRS_AT_ONCE }, next));
    expect(new Set(answers).size).toBe(PAIRS);
    expect((await countRuns()) - before).toBe(PAIRS);
  }, 60_000);

  test('a repeated key returns its run even when that run blocks another', async () => {
    const content = { sql: 'SELECT 1 AS n', qualityTests: [], contentHash: 'a' };
    const config = { concurrency: { on_conflict: 'skip' } };
    await putPipeline(api.db, { ...ORDERS, name: 'skipping' }, { ...content, config });
    const body = { ...BODY, pipeline: 'skipping' };
    const pair = await Promise.all([post('skip', body), post('skip', body)]);
    expect(pair.map((one) => one.status)).toEqual([202, 202]);
    expect((await post('other', body)).status).toBe(409);
    // A refused request does not use up its key.
    const { run_id: runId } = (await pair[0].json()) as { run_id: string };
    await http.post(`/api/v1/runs/${runId}/cancel`).expect(200);
    const later = await post('other', body);
    expect([later.status, later.headers.get('idempotent-replayed')]).toEqual([202, null]);
  });

  test('an expired key creates a new run', async () => {
    const first = (await (await post('old')).json()) as { run_id: string };
    await api.db.pool.query(
      `UPDATE idempotency_keys SET expires_at = now() - interval '1 s' WHERE key = 'old'`,
    );
    const second = (await (await post('old')).json()) as { run_id: string };
    expect(second.run_id).not.toBe(first.run_id);
  });

  test('an invalid key is a 400', async () => {
    for (const key of ['x'.repeat(256), 'é']) {
      const answer = await post(key);
      expect(answer.status).toBe(400);
    }
  });
});

describe('other requests that create runs, with an Idempotency-Key', () => {
  let api: ApiFixture;
  let http: ReturnType<typeof supertest>;
  let ended: string;
  beforeAll(async () => {
    api = await openApi();
    http = supertest(api.url);
    ended = await api.silentRunner.create();
    await api.silentRunner.claim(ended);
    await api.silentRunner.succeed(ended);
  });
  afterAll(() => api.close());

  const post = (path: string, key: string) =>
    http.post(`/api/v1${path}`).set('Idempotency-Key', key);

  async function countRuns(): Promise<number> {
    const answer = await api.db.pool.query<{ n: number }>('SELECT count(*) AS n FROM runs');
    return answer.rows[0]?.n ?? 0;
  }

  test('a rerun, a reproduction or an audit that is sent again under its key is the same run', async () => {
    const paths = [
      `/runs/${ended}/rerun`,
      `/runs/${ended}/reproduce`,
      '/pipelines/default/silver/orders/tests/run',
    ];
    for (const [index, path] of paths.entries()) {
      const key = `again-${index}`;
      const before = await countRuns();
      const answers = await Promise.all([1, 2, 3].map(() => post(path, key)));
      expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
      expect(new Set(answers.map(({ body }) => body.run_id)).size).toBe(1);
      const replayed = answers.filter(({ headers }) => headers['idempotent-replayed'] === 'true');
      expect(replayed).toHaveLength(2);
      expect(await countRuns()).toBe(before + 1);
      await http.post(`/api/v1${path}`).expect(202);
      expect(await countRuns()).toBe(before + 2);
    }
  });

  test('a key of another operation or another run is a conflict, and an invalid key is refused', async () => {
    await post(`/runs/${ended}/rerun`, 'mine').expect(202);
    const other = await post(`/runs/${ended}/reproduce`, 'mine').expect(409);
    expect(other.body.error.message).toContain('another operation');
    await post('/runs', 'mine')
      .send({ namespace: 'default', layer: 'silver', pipeline: 'orders' })
      .expect(409);
    await post(`/runs/${ended}/rerun`, 'a'.repeat(256)).expect(400);
  });

  test('many runs are run again in one request, each once under a key, and one that cannot be stops no other', async () => {
    const pending = await api.silentRunner.create();
    const unknown = '019b0000-0000-7000-8000-000000000000';
    const body = { ids: [unknown, ended, pending] };
    const before = await countRuns();
    const first = await post('/runs/rerun', 'many').send(body).expect(202);
    expect(first.body).toEqual({
      runs: [{ run_id: expect.any(String), rerun_of: ended }],
      refused: [
        { run_id: unknown, reason: 'run not found' },
        { run_id: pending, reason: 'run has not ended (status: pending)' },
      ],
    });
    const again = await post('/runs/rerun', 'many').send(body).expect(202);
    expect(again.body).toEqual(first.body);
    expect(await countRuns()).toBe(before + 1);
    for (const ids of [[], ['x'], [ended, ended]])
      await http.post('/api/v1/runs/rerun').send({ ids }).expect(400);
  });

  test('maintenance under one key creates one run for each table', async () => {
    const before = await countRuns();
    const [first, second] = [
      await post('/maintenance', 'tidy'),
      await post('/maintenance', 'tidy'),
    ];
    expect(first.status).toBe(202);
    expect(second.body).toEqual(first.body);
    expect(await countRuns()).toBe(before + first.body.runs.length);
    await post('/maintenance', 'tidy').send({ layer: 'silver' }).expect(409);
  });
});
