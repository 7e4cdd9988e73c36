import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
    body: { sql: string; config?: object; quality_tests?: object[] },
  ) => Promise<void>;
  /** POSTs a run of `namespace/layer/name` with the extra body `fields`; resolves with its id. */
  createRun: (path: string, api?: number, fields?: object) => Promise<string>;
  getJson: (path: string, api?: number) => Promise<unknown>;
  /** Stops everything and removes its files. Throws when an API gave an answer that its OpenAPI document does not allow. */
  close: () => Promise<void>;
}

const CHECK_ANSWERS = new URL('../bin/check-answers.mjs', import.meta.url);

const JSON_HEADERS = { 'content-type': 'application/json' };

export async function startFleet(options: {
  backend: Backend;
  apis: number;
  runners: number;
  env?: Record<string, string>;
  /** Whether answers are held against the OpenAPI document. A test that measures the API says false: the check takes time. */
  checkAnswers?: boolean;
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
    putPipeline: async (path, body) => {
      const answer = await fetch(url(`/pipelines/${path}`), {
        method: 'PUT',
        headers: JSON_HEADERS,
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
    },
    createRun: async (path, api, fields) => {
      const [namespace, layer, pipeline] = path.split('/');
      const answer = await fetch(url('/runs', api), {
        method: 'POST',
        headers: JSON_HEADERS,
        body: JSON.stringify({ namespace, layer, pipeline, ...fields }),
      });
      if (answer.status !== 202)
        throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
      const body: unknown = await answer.json();
      return (body as { run_id: string }).run_id;
    },
    getJson: async (path, api) => (await fetch(url(path, api))).json(),
    close,
  };
}
