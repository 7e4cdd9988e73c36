import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deliveryAnswer, firedWebhook, type DeliveryAnswer } from '@rat/contracts';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

const SECRET = 'a-secret-of-the-sender-0123456789';

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
beforeAll(async () => {
  api = await openApi();
  http = supertest(api.url);
});
afterAll(() => api.close());

/** A webhook of a pipeline of its own. */
async function hook(
  name: string,
  config: object = {},
  more: object = {},
): Promise<{ id: string; token: string; path: string }> {
  const pipeline = `/api/v1/pipelines/default/gold/${name}`;
  const params = { day: { type: 'date' }, note: { type: 'string' } };
  const settings = { params, concurrency: { limit: 1_000 } };
  await http.put(pipeline).send({ sql: 'SELECT 1 AS n', config: settings }).expect(201);
  const path = `${pipeline}/triggers/hook`;
  const made = await http
    .put(path)
    .send({ kind: 'webhook', config, ...more })
    .expect(201);
  return { id: String(made.body.id), token: String(made.body.token), path };
}

interface Sent {
  token?: string;
  delivery?: string;
  body?: string | Buffer;
  headers?: Record<string, string>;
}

/** An answer, or a refusal. */
interface Answer {
  error: { code: string; message: string; issues: unknown };
}

async function post(path: string, { token, delivery, body = '', headers = {} }: Sent) {
  const response = await fetch(`${api.url}${path}`, {
    method: 'POST',
    headers: {
      ...(token === undefined ? {} : { 'x-webhook-token': token }),
      ...(delivery === undefined ? {} : { 'webhook-id': delivery }),
      ...headers,
    },
    body: new Uint8Array(Buffer.from(body)),
  });
  const answer = (await response.json()) as Answer;
  return { status: response.status, headers: response.headers, body: answer };
}

const deliver = (id: string, sent: Sent) => post(`/api/v1/webhooks/${id}`, sent);

async function accepted(id: string, sent: Sent): Promise<DeliveryAnswer> {
  const { status, body } = await deliver(id, sent);
  expect([status, body]).toEqual([202, expect.anything()]);
  return deliveryAnswer.parse(body);
}

async function runsOf(name: string): Promise<{ id: string; trigger: string; params: unknown }[]> {
  const { rows } = await api.db.pool.query(
    'SELECT id, trigger, params FROM runs WHERE pipeline = $1 ORDER BY created_at, id',
    [name],
  );
  return rows;
}

describe('a delivery', () => {
  test('makes a run, and the same one again has the same answer and makes none', async () => {
    const { id, token } = await hook('plain');
    const first = await accepted(id, { token, delivery: 'one' });
    expect(first).toMatchObject({ outcome: 'run', run_id: expect.any(String) });
    expect(await accepted(id, { token, delivery: 'one' })).toEqual(first);
    const second = await accepted(id, { token, delivery: 'two' });
    expect(second.run_id).not.toBe(first.run_id);
    expect(await runsOf('plain')).toMatchObject([
      { id: first.run_id, trigger: 'trigger:webhook:hook' },
      { id: second.run_id },
    ]);
    const detail = await http.get(`/api/v1/runs/${first.run_id}`).expect(200);
    expect(detail.body.caused_by).toMatchObject({
      kind: 'trigger',
      name: 'hook',
      firing_id: first.firing_id,
      causes: [{ kind: 'delivery', delivery_id: 'one' }],
    });
  });

  test('that arrives three times at once makes one run, for each of 30', async () => {
    const { id, token } = await hook('thrice');
    const all = Array.from({ length: 30 }, (_, n) => `d${n}`);
    const answers = await Promise.all(
      all.map((delivery) => Promise.all([1, 2, 3].map(() => accepted(id, { token, delivery })))),
    );
    for (const [first, ...others] of answers) for (const one of others) expect(one).toEqual(first);
    expect(await runsOf('thrice')).toHaveLength(all.length);
  }, 60_000);

  test('without an id is a new one each time, and an id is forgotten after seven days', async () => {
    const { id, token } = await hook('nameless');
    await accepted(id, { token, body: 'same' });
    await accepted(id, { token, body: 'same' });
    expect(await runsOf('nameless')).toHaveLength(2);
    const first = await accepted(id, { token, delivery: 'old' });
    const age = (days: number) =>
      api.db.pool.query(
        `UPDATE webhook_deliveries SET received_at = now() - $2 * interval '1 hour' WHERE trigger_id = $1`,
        [id, days * 24],
      );
    await age(6.9);
    expect(await accepted(id, { token, delivery: 'old' })).toEqual(first);
    await age(7.1);
    expect((await accepted(id, { token, delivery: 'old' })).run_id).not.toBe(first.run_id);
  });

  test('gives the run parameters, and SQL in one stays text', async () => {
    const params = {
      day: { pointer: '/order/day', type: 'date' },
      note: { pointer: '/note', type: 'string' },
    };
    const { id, token } = await hook('params', { params, delivery_id: '/order/id' });
    const note = "'; DROP TABLE runs; --";
    const body = JSON.stringify({ order: { id: 7, day: '2026-11-28' }, note });
    const first = await accepted(id, { token, body });
    expect(await accepted(id, { token, body })).toEqual(first);
    expect(await runsOf('params')).toMatchObject([{ params: { day: '2026-11-28', note } }]);
    const wrong = JSON.stringify({ order: { id: 8, day: '28.11.2026' }, note });
    const refused = await deliver(id, { token, body: wrong });
    expect(refused.status).toBe(422);
    expect(refused.body.error.issues).toMatchObject([{ path: '/order/day' }]);
    expect((await deliver(id, { token, body: 'no json' })).status).toBe(422);
    expect(await runsOf('params')).toHaveLength(1);
  });

  test('during a debounce has no run yet, and all of them make one', async () => {
    const { id, token } = await hook('debounced', {}, { debounce_seconds: 3_600 });
    const waiting = { firing_id: null, run_id: null, outcome: 'waiting' };
    expect(await accepted(id, { token, delivery: 'a' })).toEqual(waiting);
    expect(await accepted(id, { token, delivery: 'a' })).toEqual(waiting);
    expect(await runsOf('debounced')).toHaveLength(0);
    await api.db.pool.query(
      `UPDATE triggers SET debounce_seconds = 1,
      first_change_at = now() - interval '9 s', last_change_at = now() - interval '9 s' WHERE id = $1`,
      [id],
    );
    await api.db.pool.query('UPDATE triggers SET debounce_seconds = 0 WHERE id = $1', [id]);
    const { firing_id, run_id } = await accepted(id, { token, delivery: 'b' });
    expect(run_id).not.toBeNull();
    expect(firing_id).not.toBeNull();
    expect((await accepted(id, { token, delivery: 'a' })).outcome).toBe('run');
  });

  test('of a paused webhook waits, and one above the cap pauses the webhook', async () => {
    const { id, token } = await hook('capped', {}, { max_per_hour: 1 });
    await accepted(id, { token, delivery: 'a' });
    const capped = await accepted(id, { token, delivery: 'b' });
    expect(capped).toMatchObject({ outcome: 'refused', run_id: null });
    expect(await accepted(id, { token, delivery: 'b' })).toEqual(capped);
    const trigger = await http.get(`/api/v1/triggers/${id}`).expect(200);
    expect(trigger.body.paused).toMatchObject({ by: 'system' });
    expect(await accepted(id, { token, delivery: 'c' })).toMatchObject({ outcome: 'waiting' });
    expect(await runsOf('capped')).toHaveLength(1);
  });

  test('keeps the start of its body, without secrets', async () => {
    const { id, token } = await hook('excerpt');
    await accepted(id, {
      token,
      delivery: 'a',
      body: `{"password":"hunter22"}${'x'.repeat(99_999)}`,
    });
    const { rows } = await api.db.pool.query(
      'SELECT body FROM webhook_deliveries WHERE trigger_id = $1',
      [id],
    );
    expect(rows[0].body).not.toContain('hunter22');
    expect(rows[0].body.length).toBeLessThanOrEqual(65_536);
  });
});

describe('a sender', () => {
  test('without the token gets the same answer as for a webhook that does not exist', async () => {
    const { id, token } = await hook('guessed');
    const none = '00000000-0000-4000-8000-000000000000';
    const refused = await Promise.all([
      deliver(id, {}),
      deliver(id, { token: `${token}0` }),
      deliver(none, { token }),
      deliver('no-id', { token }),
    ]);
    for (const { status, body } of refused) {
      expect(status).toBe(401);
      expect(body.error.message).toBe(refused[0]?.body.error.message);
    }
    expect(await runsOf('guessed')).toHaveLength(0);
  });

  test('proves itself by a signature over the bytes, and by either of two secrets', async () => {
    const next = 'the-next-secret-of-the-sender';
    const { id, token, path } = await hook('signed', { verify: 'github' }, { secrets: [SECRET] });
    expect(token).toBe('undefined');
    const sign = (body: string, secret: string) => ({
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    });
    const send = async (secret: string, body = 'ü'): Promise<number> =>
      (await deliver(id, { body, headers: sign('ü', secret) })).status;
    expect([await send(SECRET), await send(next), await send(SECRET, 'u')]).toEqual([
      202, 401, 401,
    ]);
    const change = { kind: 'webhook', config: { verify: 'github' } };
    await http
      .put(path)
      .send({ ...change, secrets: [next, SECRET] })
      .expect(200);
    expect([await send(SECRET), await send(next)]).toEqual([202, 202]);
    // A PUT without secrets keeps them.
    await http.put(path).send(change).expect(200);
    await http
      .put(path)
      .send({ ...change, secrets: [next] })
      .expect(200);
    expect([await send(SECRET), await send(next)]).toEqual([401, 202]);
    const { rows } = await api.db.pool.query('SELECT secrets FROM triggers WHERE id = $1', [id]);
    expect(Buffer.concat(rows[0].secrets).includes(next)).toBe(false);
  });

  test('whose stamp is old, or whose body is larger than 1 MiB or compressed, is refused', async () => {
    const { id, token } = await hook('limits');
    const body = Buffer.alloc(1_048_577, 'x');
    expect((await deliver(id, { token, body })).status).toBe(413);
    expect((await deliver(id, { token, body: body.subarray(1) })).status).toBe(202);
    const gzip = await deliver(id, { token, body: 'x', headers: { 'content-encoding': 'gzip' } });
    expect(gzip.status).toBe(415);
    const slack = await hook('stale', { verify: 'slack' }, { secrets: [SECRET] });
    const at = (seconds: number) => {
      const stamp = String(Math.floor(Date.now() / 1_000) - seconds);
      const mac = createHmac('sha256', SECRET).update(`v0:${stamp}:x`).digest('hex');
      const headers = { 'x-slack-request-timestamp': stamp, 'x-slack-signature': `v0=${mac}` };
      return deliver(slack.id, { body: 'x', headers });
    };
    expect((await at(0)).status).toBe(202);
    expect((await at(400)).status).toBe(401);
  });

  test('of the reference names the webhook by its token, and waits for the cooldown', async () => {
    const { token } = await hook('alias', {}, { cooldown_seconds: 3_600 });
    const fire = (sent: Sent) => post('/api/v1/webhooks', sent);
    const first = await fire({ headers: { authorization: `Bearer ${token}` } });
    expect(first.status).toBe(201);
    expect(firedWebhook.parse(first.body).run_id).toEqual(expect.any(String));
    const second = await fire({ token });
    expect([second.status, second.body.error.code]).toEqual([429, 'RESOURCE_EXHAUSTED']);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(3_000);
    expect(await runsOf('alias')).toHaveLength(1);
    expect((await fire({})).status).toBe(400);
    expect((await fire({ token: 'x'.repeat(64) })).status).toBe(401);
  });
});

describe('the secrets of a webhook', () => {
  test('are shown once, are needed for a signature, and belong to webhooks only', async () => {
    const { id, token, path } = await hook('secrets');
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    const read = await http.get(`/api/v1/triggers/${id}`).expect(200);
    expect(JSON.stringify(read.body)).not.toContain(token);
    const put = (body: object) => http.put(path).send(body);
    expect((await put({ kind: 'webhook', config: {} }).expect(200)).body.token).toBeUndefined();
    expect((await accepted(id, { token })).outcome).toBe('run');
    const github = { kind: 'webhook', config: { verify: 'github' } };
    expect((await put(github).expect(400)).body.error.message).toContain('secrets: are missing');
    const upload = { kind: 'upload', config: { zone: 'drops' }, secrets: [SECRET] };
    expect((await put(upload).expect(400)).body.error.message).toContain(
      'only a trigger of the kind',
    );
    const standard = {
      kind: 'webhook',
      config: { verify: 'standard' },
      secrets: ['not base64 but long'],
    };
    await put(standard).expect(400);
  });

  test('change with what proves a delivery, also when the trigger is named by its id', async () => {
    const { id, token, path } = await hook('by-id');
    const byId = path.replace(/hook$/, id);
    const put = (body: object) => http.put(byId).send(body);
    const github = { config: { verify: 'github' } };
    expect((await put(github).expect(400)).body.error.message).toContain('secrets: are missing');
    await put({ ...github, secrets: [SECRET] }).expect(200);
    expect((await deliver(id, { token })).status).toBe(401);
    const renewed = await put({ config: { verify: 'token' } }).expect(200);
    expect((await accepted(id, { token: renewed.body.token })).outcome).toBe('run');
    expect((await put({ enabled: true }).expect(200)).body.token).toBeUndefined();
  });

  test('of a signature need a key of the installation, which tokens do not', async () => {
    const bare = await openApi({ secretKey: null });
    try {
      const path = '/api/v1/pipelines/default/silver/orders/triggers/hook';
      const github = { kind: 'webhook', config: { verify: 'github' }, secrets: [SECRET] };
      const refused = await supertest(bare.url).put(path).send(github).expect(422);
      expect(refused.body.error.message).toContain('github needs RAT_SECRET_KEY at every API');
      await supertest(bare.url).put(path).send({ kind: 'webhook', config: {} }).expect(201);
    } finally {
      await bare.close();
    }
  });
});
