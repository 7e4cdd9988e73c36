import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { triggerList, type TriggerAnswer } from '@rat/contracts';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

const ADMIN = 'an-admin-token-of-this-test-0123456789';
const BY_ADMIN = { authorization: `Bearer ${ADMIN}` };

let api: ApiFixture;
let http: ReturnType<typeof supertest.agent>;
beforeAll(async () => {
  api = await openApi({ adminToken: ADMIN });
  http = supertest.agent(api.url).set(BY_ADMIN);
  await http.post('/api/v1/namespaces').send({ name: 'sales' }).expect(201);
  for (const name of ['a', 'b']) await put(name).expect(201);
});
afterAll(() => api.close());

const pathOf = (name: string, namespace = 'default'): string =>
  `/api/v1/pipelines/${namespace}/gold/${name}`;
const CONFIG = { params: { day: { type: 'date', default: '2026-01-01' } } };

const put = (name: string, automation_yaml?: string | null, namespace = 'default') =>
  http.put(pathOf(name, namespace)).send({
    sql: "SELECT {{ param('day') }} AS day",
    config: CONFIG,
    ...(automation_yaml === undefined ? {} : { automation_yaml }),
  });

async function triggersOf(name: string): Promise<Map<string, TriggerAnswer>> {
  const query = `namespace=default&layer=gold&pipeline=${name}`;
  const { triggers } = triggerList.parse((await http.get(`/api/v1/triggers?${query}`)).body);
  return new Map(triggers.map((one) => [one.name, one]));
}

const FILE = `# One of each kind
schedules:
  nightly: { cron: "30 2 * * *" }
triggers:
  files:
    kind: upload
    config: { zone: drops, pattern: "*.csv" }
    debounce_seconds: 2
    params: { day: 2026-02-01 }
  after:
    kind: upstream
    config: { pipelines: [gold.a, default.gold.b], match: all, within_seconds: 60 }
  data:
    kind: table
    config: { tables: [gold.a] }
  daily:
    kind: dependency
    config: { cron: "0 6 * * *", timezone: Europe/Berlin, pipelines: [gold.a] }
  hook:
    kind: webhook
    config: { params: { day: { pointer: /day, type: date } } }
`;

const after = (upstream: string): string =>
  `triggers:\n  after:\n    kind: upstream\n    config: { pipelines: [${upstream}] }\n`;

describe('triggers of automation.yaml', () => {
  test('a PUT makes the triggers of every kind and the schedule, and the same PUT again changes none', async () => {
    const made = await put('all', FILE).expect(201);
    expect(made.body).toMatchObject({ version: 1, automation_yaml: FILE });
    const before = await triggersOf('all');
    expect([...before.values()]).toMatchObject([
      { name: 'after', kind: 'upstream', managed_by: 'files', config: { within_seconds: 60 } },
      { name: 'daily', kind: 'dependency', config: { timezone: 'Europe/Berlin' } },
      { name: 'data', kind: 'table', config: { tables: ['default.gold.a'] } },
      { name: 'files', debounce_seconds: 2, params: { day: '2026-02-01' }, enabled: true },
      { name: 'hook', kind: 'webhook', config: { verify: 'token' } },
    ]);
    await put('all', FILE).expect(200);
    expect(await triggersOf('all')).toEqual(before);
  });

  test('a changed trigger keeps its id, a removed one is deleted, and those of requests stay', async () => {
    await put('change', FILE).expect(201);
    const own = { kind: 'upload', config: { zone: 'mine' } };
    await http
      .put(`${pathOf('change')}/triggers/own`)
      .send(own)
      .expect(201);
    const before = await triggersOf('change');
    await put(
      'change',
      FILE.replace('*.csv', '*.parquet').replace(/ {2}data:[^]*?(?= {2}daily)/, ''),
    );
    const found = await triggersOf('change');
    expect([...found.keys()]).toEqual(['after', 'daily', 'files', 'hook', 'own']);
    expect(found.get('files')).toMatchObject({
      id: before.get('files')?.id,
      config: { pattern: '*.parquet' },
    });
    expect(found.get('after')).toEqual(before.get('after'));
    await put('change', null).expect(200);
    expect([...(await triggersOf('change')).values()]).toMatchObject([
      { name: 'own', managed_by: 'api' },
    ]);
  });

  test('a request can pause, resume and run a trigger of the file; every other change is 409 and names the file', async () => {
    await put('locked', FILE).expect(201);
    const { id } = (await triggersOf('locked')).get('files') ?? { id: '' };
    const named = `${pathOf('locked')}/triggers/files`;
    const body = { kind: 'upload', config: { zone: 'other' } };
    const refused = await http.put(named).send(body).expect(409);
    expect(refused.body.error.message).toContain(
      'trigger files is set by the automation.yaml of default.gold.locked: change it there',
    );
    const byId = `${pathOf('locked')}/triggers/${id}`;
    await http.put(byId).send({ cooldown_seconds: 9 }).expect(409);
    await http.delete(named).expect(409);
    await http.delete(byId).expect(409);
    await http.put(byId).send({ enabled: false }).expect(200);
    // The pause of an operator outlives the next PUT of the file.
    await put('locked', FILE.replace('*.csv', '*.json')).expect(200);
    expect((await triggersOf('locked')).get('files')).toMatchObject({
      enabled: false,
      config: { pattern: '*.json' },
    });
    await http.post(`/api/v1/triggers/${id}/resume`).send({}).expect(200);
    await http.post(`/api/v1/triggers/${id}/pause`).send({}).expect(200);
    await http.post(`/api/v1/triggers/${id}/run`).send({}).expect(202);
  });

  test('a webhook of a file refuses deliveries until a request gives its secret, which outlives the next PUT', async () => {
    const warningsOf = ({ body }: { body: { warnings: { path: string }[] } }) =>
      body.warnings.filter(({ path }) => path.startsWith('automation_yaml'));
    expect(warningsOf(await put('hooked', FILE).expect(201))).toMatchObject([
      {
        path: 'automation_yaml.triggers.hook.config',
        line: 21,
        message: expect.stringContaining('refuses every delivery until it has a secret'),
      },
    ]);
    const { id } = (await triggersOf('hooked')).get('hook') ?? { id: '' };
    const token = 'the-token-of-the-sender';
    const deliver = () =>
      http.post(`/api/v1/webhooks/${id}`).set('x-webhook-token', token).send({ day: '2026-03-01' });
    await deliver().expect(401);
    const config = { params: { day: { pointer: '/day', type: 'date' } } };
    const named = `${pathOf('hooked')}/triggers/hook`;
    await http
      .put(named)
      .send({ kind: 'webhook', config, secrets: [token] })
      .expect(200);
    await deliver().expect(202);
    const again = await put('hooked', FILE.replace('debounce_seconds: 2', 'debounce_seconds: 3'));
    expect(warningsOf(again)).toEqual([]);
    await deliver().expect(202);
    const signed = FILE.replace(
      'config: { params: { day: {',
      'config: { verify: github, params: { day: {',
    );
    expect(warningsOf(await put('hooked', signed).expect(200))).toHaveLength(1);
    await deliver().expect(401);
  });

  test('a file whose triggers make a cycle is refused whole, before anything of it is stored', async () => {
    await put('first', after('gold.a')).expect(201);
    await put('second', after('gold.first')).expect(201);
    const file = `schedules:\n  often: { every_seconds: 60 }\n${after('gold.second')}`;
    const refused = await http
      .put(pathOf('first'))
      .send({ sql: 'SELECT 2 AS n', automation_yaml: file })
      .expect(422);
    expect(refused.body.error.issues).toMatchObject([
      {
        path: 'automation_yaml.triggers.after.config',
        message:
          'the triggers make a cycle: default.gold.first → default.gold.second → default.gold.first',
        line: 6,
        column: 5,
      },
    ]);
    expect((await http.get(pathOf('first'))).body).toMatchObject({
      version: 1,
      automation_yaml: after('gold.a'),
    });
    const found = await http.get('/api/v1/schedules?namespace=default&pipeline=first');
    expect(found.body.total).toBe(0);
    const itself = await put('itself', after('gold.itself')).expect(422);
    expect(itself.body.error.message).toContain('default.gold.itself → default.gold.itself');
    await http.get(pathOf('itself')).expect(404);
  });

  test('two files that close a cycle at the same time do not both stand', async () => {
    for (const name of ['left', 'right']) await put(name).expect(201);
    const answers = await Promise.all([
      put('left', after('gold.right')),
      put('right', after('gold.left')),
    ]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 422]);
  });
});

describe('an author who is confined to a namespace', () => {
  let author: Record<string, string>;
  beforeAll(async () => {
    const body = { name: 'author of sales', role: 'author', namespaces: ['sales'] };
    const made = await http.post('/api/v1/tokens').send(body).expect(201);
    author = { authorization: `Bearer ${made.body.token}` };
  });

  test('sees no pipeline of another namespace in a message about a cycle, by a file or by a request', async () => {
    for (const name of ['hidden', 'secret']) await put(name).expect(201);
    for (const name of ['mine', 'yours']) await put(name, undefined, 'sales').expect(201);
    await put('hidden', after('sales.gold.mine')).expect(200);
    await put('secret', after('gold.hidden')).expect(200);
    await put('yours', after('default.gold.secret'), 'sales').expect(200);
    const cycle =
      'the triggers make a cycle: sales.gold.mine → a pipeline of another namespace → a pipeline of another namespace → sales.gold.yours → sales.gold.mine';
    const file = { sql: 'SELECT 1 AS n', automation_yaml: after('gold.yours') };
    const byFile = await http.put(pathOf('mine', 'sales')).set(author).send(file).expect(422);
    expect(byFile.body.error.issues).toMatchObject([{ message: cycle }]);
    const body = { kind: 'upstream', config: { pipelines: ['gold.yours'] } };
    const byRequest = await http
      .put(`${pathOf('mine', 'sales')}/triggers/t`)
      .set(author)
      .send(body)
      .expect(422);
    expect(byRequest.body.error.issues).toMatchObject([{ path: 'config', message: cycle }]);
    for (const { text } of [byFile, byRequest]) expect(text).not.toMatch(/hidden|secret/);
  });

  test('cannot watch another namespace by a file', async () => {
    const zone = 'triggers:\n  t:\n    kind: upload\n    config: { namespace: default, zone: z }\n';
    for (const text of [after('default.gold.a'), zone]) {
      const body = { sql: 'SELECT 1 AS n', automation_yaml: text };
      const refused = await http.put(pathOf('spy', 'sales')).set(author).send(body).expect(422);
      expect(refused.body.error.issues).toMatchObject([
        { message: expect.stringContaining('not found'), line: 4 },
      ]);
    }
    await http.get(pathOf('spy', 'sales')).expect(404);
  });
});

describe('a mistake in a trigger of automation.yaml', () => {
  const entry = (kind: string, config: string, more = ''): string =>
    `triggers:\n  t:\n    kind: ${kind}\n    config:\n      ${config}\n${more}`;

  test.each<[string, { path: string; message: string; line: number; column: number }]>([
    [
      'triggers:\n  t:\n    kind: cron\n    config: {}\n',
      { path: 'triggers.t.kind', message: 'write it below schedules', line: 3, column: 5 },
    ],
    [
      'triggers:\n  T: { kind: webhook }\n',
      { path: 'triggers.T', message: 'the name', line: 2, column: 3 },
    ],
    [
      'triggers:\n  t: { kind: table }\n',
      { path: 'triggers.t.config', message: 'must be a mapping', line: 2, column: 3 },
    ],
    [
      entry('upload', 'zone: z', '    debounce: 5\n'),
      {
        path: 'triggers.t.debounce',
        message: 'did you mean debounce_seconds?',
        line: 6,
        column: 5,
      },
    ],
    [
      entry('upload', '{ zone: z, patern: "*" }'),
      { path: 'triggers.t.config.patern', message: 'did you mean pattern?', line: 5, column: 18 },
    ],
    [
      entry('upload', `{ zone: z, pattern: "${'*a'.repeat(4)}" }`),
      { path: 'triggers.t.config.pattern', message: 'wildcards', line: 5, column: 18 },
    ],
    [
      entry('upstream', 'pipelines: [gold.a, gold.none]'),
      {
        path: 'triggers.t.config.pipelines.1',
        message: 'pipeline default.gold.none not found',
        line: 5,
        column: 7,
      },
    ],
    [
      entry('upstream', '{ pipelines: [gold.a], since: { cron: "61 * * * *" }, match: all }'),
      { path: 'triggers.t.config.since.cron', message: 'minute 61', line: 5, column: 39 },
    ],
    [
      entry('webhook', 'verify: token', '    secrets: [a-secret-of-the-sender]\n'),
      { path: 'triggers.t.secrets', message: 'must not be in a file', line: 6, column: 5 },
    ],
    [
      entry('table', 'tables: [gold.a]', '    params: { month: 1 }\n'),
      { path: 'triggers.t.params.month', message: '', line: 6, column: 15 },
    ],
  ])('%j is 422 with its line and column, and stores nothing', async (text, issue) => {
    const answer = await put('wrong', text).expect(422);
    expect(answer.body.error.issues).toEqual([
      {
        ...issue,
        path: `automation_yaml.${issue.path}`,
        message: expect.stringContaining(issue.message),
      },
    ]);
    await http.get(pathOf('wrong')).expect(404);
  });
});
