import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, startFleet, type Fleet } from '@rat/testing';

/** A table of a namespace that the author may not read, and one that never existed. */
const SECRET = 'hr.silver.salaries';
const NOWHERE = 'hr.silver.nowhere';

let fleet: Fleet;
let admin: Record<string, string>;
/** An author who is limited to the namespace `sales`. */
let author: Record<string, string>;

type Who = Record<string, string>;

interface Answer {
  status: number;
  text: string;
  body: Record<string, unknown>;
}

async function call(who: Who, method: string, path: string, body?: unknown): Promise<Answer> {
  const isForm = body instanceof FormData;
  const response = await fetch(`${fleet.apis[0]?.url}/api/v1${path}`, {
    method,
    headers: {
      ...who,
      ...(isForm || body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return { status: response.status, text, body: isJson ? JSON.parse(text) : {} };
}

async function expectOk(answer: Promise<Answer>): Promise<Answer> {
  const got = await answer;
  expect(got).toMatchObject({ status: expect.any(Number) });
  if (got.status >= 300) throw new Error(`${got.status} ${got.text}`);
  return got;
}

async function makeToken(body: object, who: Who = {}): Promise<Who> {
  const made = await expectOk(call(who, 'POST', '/tokens', body));
  return { authorization: `Bearer ${String(made.body['token'])}` };
}

beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  for (const name of ['sales', 'hr']) await expectOk(call({}, 'POST', '/namespaces', { name }));
  for (const path of ['hr/silver/salaries', 'sales/silver/orders']) {
    await fleet.putPipeline(path, { sql: `SELECT '${path}' AS words` });
    await fleet.spy.waitFor(await fleet.createRun(path), 'success');
  }
  admin = await makeToken({ name: 'root', role: 'admin' });
  author = await makeToken({ name: 'eve', role: 'author', namespaces: ['sales'] }, admin);
}, 90_000);
afterAll(() => fleet.close());

/** The message with which a run of `sales.silver.<name>` fails; undefined: it succeeds. */
async function runOf(name: string, who = author): Promise<string | undefined> {
  const pipeline = { namespace: 'sales', layer: 'silver', pipeline: name, max_retries: 0 };
  const started = await expectOk(call(who, 'POST', '/runs', pipeline));
  const id = String(started.body['run_id']);
  const { error } = await ended(id);
  return error ?? undefined;
}

function ended(id: string): Promise<{ error: string | null }> {
  return eventually(`run ${id} ends`, async () => {
    const run = await fleet.spy.find(id);
    if (run?.status === 'success' || run?.status === 'failed') return run;
    throw new Error(`it is ${run?.status}`);
  });
}

const path = (name: string): string => `/pipelines/sales/silver/${name}`;
const select = (table: string): string => `SELECT * FROM {{ ref('${table}') }}`;
const missing = (table: string): string =>
  `table ${table} does not exist: no run has published it yet`;

/** Every way by which an author brings SQL into a pipeline that runs. */
const WAYS: Record<string, (name: string, sql: string) => Promise<void>> = {
  'a PUT': async (name, sql) => {
    await expectOk(call(author, 'PUT', path(name), { sql }));
  },
  'a draft and its publish': async (name, sql) => {
    await expectOk(call(author, 'PUT', `${path(name)}/draft`, { sql }));
    await expectOk(call(author, 'POST', `${path(name)}/publish`, {}));
  },
  'a draft that an admin publishes': async (name, sql) => {
    await expectOk(call(author, 'PUT', `${path(name)}/draft`, { sql }));
    await expectOk(call(admin, 'POST', `${path(name)}/publish`, {}));
  },
  'a new pipeline with its source': async (name, source) => {
    const body = { namespace: 'sales', layer: 'silver', name, source };
    await expectOk(call(author, 'POST', '/pipelines', body));
    await expectOk(call(admin, 'POST', `${path(name)}/publish`, {}));
  },
  'a file in the draft of an admin': async (name, content) => {
    await expectOk(call(admin, 'PUT', `${path(name)}/draft`, { sql: 'SELECT 1 AS n' }));
    const file = `/files/sales/pipelines/silver/${name}/pipeline.sql`;
    await expectOk(call(author, 'PUT', file, { content }));
    await expectOk(call(admin, 'POST', `${path(name)}/publish`, {}));
  },
  'an uploaded file': async (name, content) => {
    const form = new FormData();
    form.set('path', `sales/pipelines/silver/${name}/pipeline.sql`);
    form.set('file', new Blob([content]), 'pipeline.sql');
    await expectOk(call(author, 'POST', '/files/upload', form));
    await expectOk(call(admin, 'POST', `${path(name)}/publish`, {}));
  },
  'a restore of the version of an admin': async (name, sql) => {
    await expectOk(call(admin, 'PUT', path(name), { sql }));
    await expectOk(call(author, 'PUT', path(name), { sql: 'SELECT 1 AS n' }));
    await expectOk(call(author, 'POST', `${path(name)}/versions/1/restore`, {}));
  },
  'a rollback by an admin to a version of the author': async (name, sql) => {
    await expectOk(call(author, 'PUT', path(name), { sql }));
    await expectOk(call(admin, 'PUT', path(name), { sql: 'SELECT 1 AS n' }));
    await expectOk(call(admin, 'POST', `${path(name)}/rollback`, { version: 1 }));
  },
  'the same SQL for a pipeline that an admin has deleted': async (name, sql) => {
    await expectOk(call(admin, 'PUT', path(name), { sql }));
    await expectOk(call(admin, 'DELETE', path(name)));
    await expectOk(call(author, 'PUT', path(name), { sql }));
  },
  'a description that an admin adds': async (name, sql) => {
    await expectOk(call(author, 'PUT', path(name), { sql }));
    await expectOk(call(admin, 'PUT', path(name), { description: 'orders of today' }));
  },
};

test.each(Object.keys(WAYS))(
  'a run whose SQL came by %s reads no table of a namespace that its author may not read',
  async (way) => {
    const name = `by_${Object.keys(WAYS).indexOf(way)}`;
    await WAYS[way]?.(name, select(SECRET));
    expect(await runOf(name)).toBe(missing(SECRET));
    // Whoever starts the run: it is about what its author may read.
    expect(await runOf(name, admin)).toBe(missing(SECRET));
  },
  60_000,
);

test('a foreign table fails a run in the words of a table that never existed, also when a template computes its name', async () => {
  const computed = (table: string): string =>
    `SELECT * FROM {{ ref('${table}' | replace('X', 'hr.silver')) }}`;
  await expectOk(call(author, 'PUT', path('computed'), { sql: computed('X.salaries') }));
  expect(await runOf('computed')).toBe(missing(SECRET));
  await expectOk(call(author, 'PUT', path('computed'), { sql: computed('X.nowhere') }));
  expect(await runOf('computed')).toBe(missing(NOWHERE));
});

test('a limited author reads the tables of own namespaces', async () => {
  await expectOk(call(author, 'PUT', path('own'), { sql: select('sales.silver.orders') }));
  expect(await runOf('own')).toBeUndefined();
});

test('a quality test of a limited author cannot read a foreign table, and the run goes on without it', async () => {
  const asks = (table: string): object => ({
    name: 'leak',
    sql: `SELECT words FROM {{ ref('${table}') }}`,
  });
  await expectOk(call(admin, 'PUT', path('tested'), { sql: 'SELECT 1 AS n' }));
  await expectOk(call(author, 'POST', `${path('tested')}/tests`, asks(SECRET)));
  const results: unknown[] = [];
  for (const table of [SECRET, NOWHERE]) {
    const body = { sql: 'SELECT 1 AS n', quality_tests: [asks(table)] };
    if (table === NOWHERE) await expectOk(call(author, 'PUT', path('tested'), body));
    const started = await expectOk(
      call(author, 'POST', '/runs', { namespace: 'sales', layer: 'silver', pipeline: 'tested' }),
    );
    const id = String(started.body['run_id']);
    await ended(id);
    const { text } = await expectOk(call(author, 'GET', `/runs/${id}/quality`));
    expect(text).toContain(table);
    results.push(
      text.replaceAll(table, 'T').replaceAll(/"(run_id|[a-z_]*_ms|[a-z_]*at)":[^,}]*/g, ''),
    );
  }
  expect(results[0]).toBe(results[1]);
});

test('a preview, a check and a query know a foreign table as little as one that never existed', async () => {
  const asked: [string, (sql: string) => object][] = [
    [
      '/pipelines/preview',
      (sql) => ({ ref: { namespace: 'sales', layer: 'silver', name: 'x' }, files: { sql } }),
    ],
    [
      '/pipelines/validate',
      (sql) => ({ ref: { namespace: 'sales', layer: 'silver', name: 'x' }, files: { sql } }),
    ],
    [`${path('orders')}/preview`, (code) => ({ code })],
    [
      '/query',
      (sql) => ({ sql: sql.replaceAll(/\{\{ ref\('(.*)'\) \}\}/g, '$1'), namespace: 'sales' }),
    ],
  ];
  for (const [where, toBody] of asked) {
    const answers: unknown[] = [];
    for (const table of [SECRET, NOWHERE]) {
      const { status, text } = await call(author, 'POST', where, toBody(select(table)));
      expect(text).toContain('does not exist');
      expect(text).not.toContain('words');
      const plain = text
        .replaceAll(table, 'T')
        .replaceAll(
          /"(request_id|duration_ms|started_at|timestamp|memory_peak_bytes)":[^,}]*/g,
          '',
        );
      answers.push([status, plain]);
    }
    expect([where, answers[0]]).toEqual([where, answers[1]]);
  }
});

test('an admin of all namespaces takes a version over by sending its content', async () => {
  const sql = select(SECRET);
  await expectOk(call(author, 'PUT', path('taken'), { sql }));
  expect(await runOf('taken')).toBe(missing(SECRET));
  const taken = await expectOk(call(admin, 'PUT', path('taken'), { sql }));
  expect(taken.body).toMatchObject({ version: 2 });
  expect(await runOf('taken')).toBeUndefined();
  // The author changes nothing with it, and may run what an author without a limit wrote.
  const again = await expectOk(call(author, 'PUT', path('taken'), { sql }));
  expect(again.body).toMatchObject({ version: 2 });
  expect(await runOf('taken')).toBeUndefined();
});

test('a limited author writes no pipeline, file or draft of another namespace', async () => {
  const body = { sql: 'SELECT 1 AS n' };
  const form = new FormData();
  form.set('path', 'hr/pipelines/silver/salaries/pipeline.sql');
  form.set('file', new Blob(['SELECT 1 AS n']), 'pipeline.sql');
  const refused = [
    call(author, 'PUT', '/pipelines/hr/silver/salaries', body),
    call(author, 'PUT', '/pipelines/hr/silver/salaries/draft', body),
    call(author, 'PUT', '/files/hr/pipelines/silver/salaries/pipeline.sql', { content: '' }),
    call(author, 'POST', '/files/upload', form),
    call(author, 'DELETE', '/tables/hr/silver/salaries'),
  ];
  for (const answer of await Promise.all(refused)) {
    expect([answer.status, answer.text]).toEqual([
      404,
      expect.stringContaining('not found in the namespaces of this token'),
    ]);
  }
});

test('a cycle through another namespace is refused to a limited author without its names', async () => {
  await expectOk(call(admin, 'PUT', path('middle'), { sql: select('hr.silver.end') }));
  const end = '/pipelines/hr/silver/end';
  await expectOk(call(admin, 'PUT', end, { sql: select('sales.silver.start') }));
  const refused = await call(author, 'PUT', path('start'), { sql: select('sales.silver.middle') });
  expect(refused.status).toBe(422);
  expect(refused.text).toContain(
    'sales.silver.start → sales.silver.middle → a pipeline of another namespace → sales.silver.start',
  );
  expect(refused.text).not.toContain('hr');
  // A ref to a table that does not exist for the author leads nowhere.
  await expectOk(call(author, 'PUT', path('start'), { sql: select('hr.silver.end') }));
});

test('a limited author is told of no reader in another namespace, by a drop and by a revert', async () => {
  await expectOk(call(author, 'PUT', path('read'), { sql: 'SELECT 1 AS n' }));
  const started = { namespace: 'sales', layer: 'silver', pipeline: 'read' };
  const { body } = await expectOk(call(author, 'POST', '/runs', started));
  const id = String(body['run_id']);
  await fleet.spy.waitFor(id, 'success');
  const reader = { namespace: 'hr', layer: 'silver', pipeline: 'reader' };
  await expectOk(
    call(admin, 'PUT', '/pipelines/hr/silver/reader', { sql: select('sales.silver.read') }),
  );
  const read = await expectOk(call(admin, 'POST', '/runs', reader));
  await fleet.spy.waitFor(String(read.body['run_id']), 'success');
  const drop = await call(author, 'DELETE', '/tables/sales/silver/read');
  expect([drop.status, drop.text]).toEqual([
    409,
    expect.stringContaining('pipelines of other namespaces read it in the latest run'),
  ]);
  const plan = { dry_run: true, reason: 'wrong' };
  const reverted = await expectOk(call(author, 'POST', `/runs/${id}/revert`, plan));
  expect(reverted.body).toMatchObject({ tainted_runs: [] });
  const ofAdmin = await expectOk(call(admin, 'POST', `/runs/${id}/revert`, plan));
  expect(ofAdmin.body).toMatchObject({ tainted_runs: [reader] });
  for (const { text } of [drop, reverted]) expect(text).not.toContain('hr');
});
