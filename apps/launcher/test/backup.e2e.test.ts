import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  eventually,
  listeningUrl,
  onServer,
  startFleet,
  startNode,
  testServices,
  type Fleet,
  type ServiceProcess,
} from '@rat/testing';

const ENDED = ['success', 'failed', 'cancelled'];
const APPENDED = 'default/silver/appended';
const LANDED = 'default/bronze/landed';
const RUNS_BEFORE = 6;

let fleet: Fleet;
let folder: string;
const started: ServiceProcess[] = [];
const databases: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rat-backup-'));
  fleet = await startFleet({
    backend: 'postgres',
    apis: 1,
    runners: 2,
    env: { RAT_LEASE_SECONDS: '4', RAT_MAINTENANCE_HOURS: '0' },
  });
  await fleet.putPipeline(APPENDED, {
    sql: 'SELECT uuid()::VARCHAR AS id, i FROM range(3) t(i)',
    config: { merge_strategy: 'append_only' },
  });
  await fleet.putPipeline(LANDED, {
    sql: "SELECT file FROM read_csv('{{ landing_zone('drops') }}')",
    config: {
      merge_strategy: 'append_only',
      archive_landing_zones: true,
      max_retries: 5,
      retry_delay_seconds: 0,
    },
  });
}, 120_000);
afterAll(async () => {
  await Promise.all(started.map((one) => one.stop()));
  await fleet?.close();
  for (const name of databases) {
    await onServer(testServices().adminUrl, (client) =>
      client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
    );
  }
  await rm(folder, { recursive: true, force: true });
});

/** Delivers files and starts runs until it is stopped. Returns how many files were delivered. */
function driveLoad(): { stop: () => Promise<number> } {
  const stopping = new AbortController();
  const zone = join(fleet.home, 'landing', 'default', 'drops');
  const work = async (): Promise<number> => {
    let files = 0;
    await mkdir(zone, { recursive: true });
    while (!stopping.signal.aborted) {
      files += 1;
      const hidden = join(zone, `.f${files}`);
      await writeFile(hidden, `file\nf${files}\n`);
      await rename(hidden, join(zone, `f${files}.csv`));
      const ids = await Promise.all([fleet.createRun(APPENDED), fleet.createRun(LANDED)]);
      // Some runs wait and some run at any moment.
      if (files % 2 === 0) await fleet.spy.waitFor(ids[0] ?? '', 'success');
    }
    return files;
  };
  const done = work();
  return {
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}

async function succeed(
  entry: string,
  env: Record<string, string>,
  args: string[],
): Promise<string> {
  const { code, output } = await startNode(entry, env, args).finished();
  expect([code, output]).toEqual([0, expect.any(String)]);
  return output;
}

/** Asks again while the API answers 503: on a loaded machine a runner's lease of 4 s may expire. */
async function readRows(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const { status, body } = await eventually(
    'a runner answers the query',
    async () => {
      const answer = await fetch(`${url}/api/v1/query`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ sql }),
      });
      const body = (await answer.json()) as { rows: Record<string, unknown>[] };
      return answer.status !== 503 && { status: answer.status, body };
    },
    60_000,
  );
  expect({ status, body }).toMatchObject({ status: 200 });
  return body.rows;
}

/** A run with its log, as the API shows them. */
async function readRun(url: string, id: string): Promise<{ run: unknown; log: string }> {
  const run = await (await fetch(`${url}/api/v1/runs/${id}`)).json();
  const answer = await fetch(`${url}/api/v1/runs/${id}/logs?format=text`);
  return { run, log: await answer.text() };
}

async function listRuns(databaseUrl: string): Promise<{ id: string; status: string }[]> {
  let runs: { id: string; status: string }[] = [];
  await onServer(databaseUrl, async (client) => {
    ({ rows: runs } = await client.query('SELECT id::text, status FROM runs ORDER BY id'));
  });
  return runs;
}

test('a backup under load restores the same runs, tables, logs and landing zones into an empty place', async () => {
  const to = join(folder, 'copy');
  const places = { RAT_HOME: fleet.home, DATABASE_URL: fleet.databaseUrl };
  const load = driveLoad();
  await eventually(
    'some runs have ended',
    async () => {
      const [row] = await fleet.query<{ n: string }>(
        `SELECT count(*)::text AS n FROM runs WHERE status = 'success'`,
      );
      return Number(row?.n) >= RUNS_BEFORE;
    },
    120_000,
  );
  await succeed('apps/launcher/dist/backup.js', places, ['--to', to]);
  await load.stop();
  expect((await readdir(folder)).toSorted()).toEqual(['copy']);

  // The loss: nothing of the files is left, and the restored database is another one.
  const before = new Map<string, { run: unknown; log: string }>();
  const original = fleet.apis[0]?.url ?? '';
  for (const { id } of await listRuns(fleet.databaseUrl))
    before.set(id, await readRun(original, id));
  await Promise.all(fleet.runners.map((one) => one.stop()));
  await rename(fleet.home, join(folder, 'lost'));
  const name = `rat_test_${randomBytes(6).toString('hex')}`;
  databases.push(name);
  const { adminUrl } = testServices();
  await onServer(adminUrl, (client) => client.query(`CREATE DATABASE ${name}`));
  const databaseUrl = new URL(`/${name}`, adminUrl).href;
  const env = { RAT_HOME: fleet.home, DATABASE_URL: databaseUrl };
  await succeed('apps/launcher/dist/restore.js', env, ['--from', to]);

  const restored = await listRuns(databaseUrl);
  const ended = restored.filter(({ status }) => ENDED.includes(status));
  expect(ended.length).toBeGreaterThanOrEqual(RUNS_BEFORE);
  const services = {
    ...env,
    RAT_QUEUE_PREFIX: name,
    RAT_LEASE_SECONDS: '4',
    RAT_MAINTENANCE_HOURS: '0',
  };
  const api = startNode('apps/api/dist/main.js', { ...services, PORT: '0' });
  started.push(api);
  const url = await listeningUrl(api);
  for (const { id } of ended) expect(await readRun(url, id)).toEqual(before.get(id));

  // What had not ended is executed now.
  const runner = startNode('apps/runner/dist/main.js', services);
  started.push(runner);
  await eventually(
    'every run has ended',
    async () => (await listRuns(databaseUrl)).every(({ status }) => ENDED.includes(status)),
    180_000,
  );
  const succeeded = await readCounts(databaseUrl);
  expect(
    await readRows(url, 'SELECT count(*) AS n, count(DISTINCT id) AS ids FROM silver.appended'),
  ).toEqual([{ n: succeeded.appended * 3, ids: succeeded.appended * 3 }]);

  // Each file that the backup holds is read once: none is lost, and none is read twice.
  const delivered = await namesIn(join(to, 'landing'));
  expect(delivered.length).toBeGreaterThan(0);
  const read = (await readRows(url, 'SELECT file FROM bronze.landed')).map(
    ({ file }) => `${String(file)}.csv`,
  );
  let waiting: string[] = [];
  // A run has ended before its files are moved; no run lists them in between.
  await eventually(
    'the files that were read have left the zone',
    async () => {
      waiting = await namesIn(join(fleet.home, 'landing'), '_processed');
      return !waiting.some((name) => read.includes(name));
    },
    60_000,
  );
  expect([...read, ...waiting].toSorted()).toEqual(delivered);
}, 420_000);

async function readCounts(databaseUrl: string): Promise<{ appended: number }> {
  let appended = 0;
  await onServer(databaseUrl, async (client) => {
    const { rows } = await client.query<{ n: string }>(
      `SELECT count(*)::text AS n FROM runs r JOIN pipelines p ON p.id = r.pipeline_id
       WHERE p.name = 'appended' AND r.status = 'success'`,
    );
    appended = Number(rows[0]?.n);
  });
  return { appended };
}

/** The names of the delivered files below a folder, without those below `except`. */
async function namesIn(at: string, except?: string): Promise<string[]> {
  const entries = await readdir(at, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /^f\d+\.csv$/.test(entry.name))
    .filter((entry) => except === undefined || !entry.parentPath.includes(except))
    .map(({ name }) => name)
    .toSorted();
}

test('a restore refuses a folder that is no backup, and a place that is not empty', async () => {
  const outcome = (entry: string, args: string[]) =>
    startNode(
      `apps/launcher/dist/${entry}.js`,
      { RAT_HOME: fleet.home, DATABASE_URL: fleet.databaseUrl },
      args,
    ).finished();
  expect(await outcome('restore', ['--from', tmpdir()])).toMatchObject({
    code: 1,
    output: expect.stringMatching(/is no backup: it has no backup\.json$/),
  });
  expect(await outcome('restore', ['--from', join(folder, 'copy')])).toMatchObject({
    code: 1,
    output: expect.stringMatching(/\(RAT_WAREHOUSE\) is not empty; a restore needs an empty one$/),
  });
  expect(await outcome('backup', ['--to', folder])).toMatchObject({
    code: 1,
    output: expect.stringMatching(/is not empty; name a folder that does not exist yet$/),
  });
}, 120_000);
