import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RatClient, RatError } from '@rat/client';
import type { Layer } from '@rat/domain';
import pg from 'pg';
import { testRedisUrl, type Backend } from './backends.ts';
import { createRunSpy, type RunSpy } from './run-spy.ts';
import { listeningUrl, startNode, type ServiceProcess } from './service-process.ts';
import { createTestDatabase } from './test-database.ts';

/** An installation of real processes: APIs and runners on one database, queue and warehouse. */
export interface Fleet {
  apis: { url: string; process: ServiceProcess }[];
  runners: ServiceProcess[];
  home: string;
  databaseUrl: string;
  spy: RunSpy;
  /** Queries the fleet's database. */
  query: <T extends pg.QueryResultRow>(sql: string) => Promise<T[]>;
  /** Starts one more runner, with the settings of the others. */
  startRunner: (env?: Record<string, string>) => Promise<ServiceProcess>;
  /** PUTs a pipeline through the first API; throws when it is refused. */
  putPipeline: (
    path: string,
    body: { sql: string; config?: object | string; quality_tests?: object[] },
  ) => Promise<void>;
  /** POSTs a run of `namespace/layer/name` with the extra body `fields`; resolves with its id. */
  createRun: (path: string, api?: number, fields?: object) => Promise<string>;
  getJson: (path: string, api?: number) => Promise<unknown>;
  /** A client of one of the APIs that sends each request once. It has the RAT_ADMIN_TOKEN of `env`, if there is one. */
  client: (api?: number) => RatClient;
  /**
   * Stops everything and removes its files. Throws when an API gave an answer that its OpenAPI
   * document does not allow, and when a process of a run crashed.
   */
  close: () => Promise<void>;
}

const CHECK_ANSWERS = new URL('../bin/check-answers.mjs', import.meta.url);

export async function startFleet(options: {
  backend: Backend;
  apis: number;
  runners: number;
  env?: Record<string, string>;
  /** Whether answers are held against the OpenAPI document. A test that measures the API says false: the check takes time. */
  checkAnswers?: boolean;
  /** Whether the test crashes processes of runs on purpose. */
  crashesChildren?: boolean;
}): Promise<Fleet> {
  const database = await createTestDatabase();
  const home = await mkdtemp(join(tmpdir(), 'rat-fleet-'));
  const redisUrl = options.backend === 'redis' ? testRedisUrl() : undefined;
  const env = {
    DATABASE_URL: database.url,
    ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
    RAT_HOME: home,
    RAT_QUEUE_PREFIX: `fleet_${randomBytes(4).toString('hex')}`,
    // Longer than any pause of a slow machine. Tests of the lease itself set a short one.
    RAT_LEASE_SECONDS: '30',
    RAT_DRAIN_SECONDS: '1',
    RAT_RUNNER_MEMORY_MB: '1024',
    ...options.env,
  };
  const answerFaults = `${home}.answer-faults`;
  const fleet: Pick<Fleet, 'apis' | 'runners'> = { apis: [], runners: [] };

  const startApi = async (): Promise<void> => {
    const process = startNode('apps/api/dist/main.js', {
      ...env,
      PORT: '0',
      ...(options.checkAnswers === false
        ? {}
        : { NODE_OPTIONS: `--import=${CHECK_ANSWERS}`, RAT_TEST_ANSWER_FAULTS: answerFaults }),
    });
    const api = { url: '', process };
    fleet.apis.push(api);
    api.url = await listeningUrl(process);
  };
  const startRunner: Fleet['startRunner'] = async (more = {}) => {
    const process = startNode('apps/runner/dist/main.js', { ...env, ...more });
    fleet.runners.push(process);
    await process.waitForLine(/"runner started"/);
    return process;
  };
  const url = (path: string, api = 0): string => {
    const base = fleet.apis[api]?.url;
    if (base === undefined) throw new Error(`the fleet has no API number ${api}`);
    return `${base}/api/v1${path}`;
  };

  const token = options.env?.['RAT_ADMIN_TOKEN'];
  const client: Fleet['client'] = (api = 0) =>
    new RatClient({ baseUrl: url('', api).replace(/\/api\/v1$/, ''), token, retries: 0 });
  const spy = createRunSpy(database.url);
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  // Dropping the database cuts sessions that the pool closed but the server did not yet.
  pool.on('error', () => undefined);
  const close = async (): Promise<void> => {
    await Promise.all(
      [...fleet.runners, ...fleet.apis.map((api) => api.process)].map((one) => one.stop()),
    );
    await spy.close();
    await pool.end();
    await database.close();
    await rm(home, { recursive: true, force: true });
    const faults = await readFile(answerFaults, 'utf8').catch(() => '');
    await rm(answerFaults, { force: true });
    if (faults !== '')
      throw new Error(`answers that the OpenAPI document does not allow:\n${faults}`);
    const crashes = fleet.runners.flatMap((runner) => runner.childCrashes());
    if (crashes.length > 0 && options.crashesChildren !== true)
      throw new Error(`processes of runs crashed:\n${crashes.join('\n')}`);
  };
  try {
    for (let n = 0; n < options.apis; n += 1) await startApi();
    await Promise.all(Array.from({ length: options.runners }, () => startRunner()));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...fleet,
    home,
    databaseUrl: database.url,
    spy,
    query: async (sql) => (await pool.query(sql)).rows,
    startRunner,
    client,
    putPipeline: async (path, body) => {
      const [namespace = '', layer, name = ''] = path.split('/');
      // Tests also put what the API is to refuse, so the type of the contract is too narrow.
      const put = client().pipelines.put({ namespace, layer: layer as Layer, name }, body as never);
      await put.catch(refuse(`PUT ${path}`));
    },
    createRun: async (path, api, fields) => {
      const [namespace, layer, pipeline] = path.split('/');
      const body = { namespace, layer, pipeline, ...fields };
      const created = await client(api)
        .runs.create(body)
        .catch(refuse(`POST ${path}`));
      return created.run_id;
    },
    getJson: async (path, api) => (await fetch(url(path, api))).json(),
    close,
  };
}

/** Names the request, the status and the places of a refusal, for the output of a test. */
function refuse(what: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof RatError)) throw error;
    const { status, message, issues, cause } = error;
    throw new Error(`${what}: ${status} ${message} ${JSON.stringify(issues)}`, { cause });
  };
}
