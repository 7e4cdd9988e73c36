import { randomBytes } from 'node:crypto';
import { startFleet, type Fleet } from '@rat/testing';
import type { Forbidden } from './find-leaks.ts';

/** The principal of the requests, and what it must never see. */
export interface Caller {
  name: string;
  token: string;
  /** Texts of namespaces that the principal may not see. */
  hidden: readonly string[];
}

/** An installation with sign-in, a runner, and one thing of each kind. */
export interface FuzzedApi {
  url: string;
  fleet: Fleet;
  callers: readonly Caller[];
  /** What no answer may hold, whoever sends the request. */
  forbidden: Omit<Forbidden, 'hidden'>;
  /** Values that lead to things that exist, by the name of a parameter or of a field. */
  known: Readonly<Record<string, readonly string[]>>;
  /** Makes the things again that requests may have deleted. */
  restore: () => Promise<void>;
  close: () => Promise<void>;
}

/** In the SQL of another namespace. */
const OTHERS_MARK = 'sql_of_others_7f3a';
/** Requests give it to webhooks. */
const WEBHOOK_SECRET = 'webhook-secret-51c0a7de';
const RUN_WITHIN_MS = 60_000;

/**
 * Starts an API with sign-in and a runner, and fills it. There are no limits of requests, because a client that sends
 * ten thousand would meet nothing else, and streams end after a minute.
 */
export async function openFuzzedApi(): Promise<FuzzedApi> {
  const admin = randomBytes(24).toString('base64url');
  const secretKey = randomBytes(24).toString('base64url');
  const fleet = await startFleet({
    backend: 'postgres',
    apis: 1,
    runners: 1,
    // The clients judge the answers themselves.
    checkAnswers: false,
    env: {
      RAT_ADMIN_TOKEN: admin,
      RAT_SECRET_KEY: secretKey,
      RAT_RATE_REQUESTS: '0',
      RAT_RATE_RUNS: '0',
      RAT_RATE_ADDRESS: '0',
      RAT_RATE_SIGN_IN_FAILURES: '0',
      RAT_SSE_MAX_AGE_MINUTES: '1',
      RAT_RUN_TIMEOUT: '20',
      RAT_LOG_LEVEL: 'info',
    },
  });
  try {
    const url = fleet.apis[0]?.url ?? '';
    const send = sender(url, admin);
    const fill = (): Promise<void> => fillNamespaces(send);
    await fill();
    const token = async (body: object): Promise<string> =>
      textOf(await send('POST', '/tokens', body), 'token');
    const viewer = await token({ name: 'viewer', role: 'viewer' });
    const operator = await token({ name: 'operator', role: 'operator', namespaces: ['fuzzed'] });
    const author = await token({ name: 'author', role: 'author' });
    const known = await findKnown(fleet, send);
    return {
      url,
      fleet,
      callers: [
        { name: 'an admin', token: admin, hidden: [] },
        { name: 'an author', token: author, hidden: [] },
        { name: 'a viewer', token: viewer, hidden: [] },
        { name: 'an operator of one namespace', token: operator, hidden: [OTHERS_MARK] },
        { name: 'nobody', token: '', hidden: [OTHERS_MARK, 'fuzzed'] },
      ],
      forbidden: {
        secrets: [
          admin,
          secretKey,
          viewer,
          operator,
          author,
          WEBHOOK_SECRET,
          new URL(fleet.databaseUrl).password,
          fleet.home,
        ].filter((text) => text.length > 3),
        tables: await tablesOf(fleet),
      },
      known,
      restore: fill,
      close: () => fleet.close(),
    };
  } catch (error) {
    await fleet.close();
    throw error;
  }
}

const NO_QUOTAS = {
  runs_in_line: null,
  runs_running: null,
  query_seconds: null,
  upload_bytes: null,
};

type Send = (method: string, path: string, body?: object) => Promise<unknown>;

function sender(url: string, token: string): Send {
  return async (method, path, body) => {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    // What is there already stays.
    if (!answer.ok && answer.status !== 409 && answer.status !== 412)
      throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
}

async function fillNamespaces(send: Send): Promise<void> {
  for (const name of ['fuzzed', 'others']) {
    await send('POST', '/namespaces', { name });
    await send('PUT', `/namespaces/${name}`, { quotas: NO_QUOTAS });
    const mark = name === 'others' ? OTHERS_MARK : 'ours';
    await send('PUT', `/pipelines/${name}/bronze/orders`, {
      sql: `SELECT i AS id, '${mark}' AS who, i * 0.5 AS amount FROM range(20) t(i)`,
      quality_tests: [{ name: 'no_negatives', sql: 'SELECT * FROM {{ this }} WHERE amount < 0' }],
    });
    await send('PUT', `/pipelines/${name}/silver/totals`, {
      sql: "SELECT count(*) AS n, sum(amount) AS total FROM {{ ref('bronze.orders') }}",
    });
    await send('PUT', `/pipelines/${name}/bronze/orders/schedules/nightly`, {
      cron: '0 3 * * *',
      enabled: false,
    });
    await send('PUT', `/pipelines/${name}/silver/totals/triggers/after`, {
      kind: 'upstream',
      config: { pipelines: [`${name}.bronze.orders`] },
      enabled: false,
    });
    await send('POST', '/landing-zones', { namespace: name, name: 'inbox' });
    const view = { screen: 'runs', query: { ns: name, q: mark }, shared: true };
    await send('POST', '/views', { ...view, name: `runs of ${mark}` });
  }
}

async function findKnown(fleet: Fleet, send: Send): Promise<FuzzedApi['known']> {
  const run = async (namespace: string, layer: string, pipeline: string): Promise<string> => {
    const created = textOf(await send('POST', '/runs', { namespace, layer, pipeline }), 'run_id');
    await fleet.spy.waitFor(created, 'success', RUN_WITHIN_MS);
    return created;
  };
  const runs = [await run('fuzzed', 'bronze', 'orders'), await run('fuzzed', 'silver', 'totals')];
  const others = await run('others', 'bronze', 'orders');
  const ids = async (table: string): Promise<string[]> =>
    (await fleet.query<{ id: string }>(`SELECT id FROM ${table}`)).map(({ id }) => id);
  const schedules = await ids('schedules');
  const triggers = await ids('triggers');
  const root = { namespace: 'fuzzed', layer: 'bronze', pipeline: 'orders', downstream: 'all' };
  await send('POST', '/run-groups', root);
  const groups = await ids('run_groups');
  const views = await ids('saved_views');
  return {
    id: [...runs, others, ...schedules, ...triggers, ...groups, ...views],
    ids: runs,
    run_id: [...runs, others],
    namespace: ['fuzzed', 'others', 'default'],
    layer: ['bronze', 'silver', 'gold'],
    name: ['orders', 'totals', 'inbox'],
    pipeline: ['orders', 'totals'],
    zone: ['inbox'],
    schedule: ['nightly'],
    trigger: ['after'],
    test: ['no_negatives'],
    version: ['1', '2'],
    path: ['fuzzed/bronze/orders/pipeline.sql', 'fuzzed/bronze/orders/config.yaml'],
    prefix: ['fuzzed/', 'fuzzed/bronze/orders'],
    secrets: [WEBHOOK_SECRET],
    sql: ['SELECT * FROM fuzzed.bronze.orders', 'SELECT 1 AS n'],
  };
}

/** The tables of the API; those with an underscore, because the others are words that messages use. */
async function tablesOf(fleet: Fleet): Promise<string[]> {
  const rows = await fleet.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name LIKE '%\\_%'",
  );
  return rows.map(({ name }) => name);
}

function textOf(answer: unknown, key: string): string {
  const value =
    typeof answer === 'object' && answer !== null ? Reflect.get(answer, key) : undefined;
  if (typeof value !== 'string') throw new Error(`the answer has no ${key}`);
  return value;
}
