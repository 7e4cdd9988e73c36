// Makes the stored version again: starts an older version of RAT Runs, gives it work through its
// HTTP API, and stores its database, its files and its answers beside this file.
//
//   node apps/launcher/test/stored-version/make.mjs <checkout of the older version, installed and built>
//
// It takes about five minutes. README.md describes the three files.
import { execFileSync, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Api } from './api.mjs';
import { askEverything } from './ask-everything.mjs';
import { dumpDatabase } from './dump-database.mjs';
import { makeFirstHalf, makeSecondHalf } from './make-state.mjs';
import { NS } from './pipelines.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/**
 * The length of the warehouse's path. Tables name their files by absolute paths, so a test restores
 * them below a path of exactly this length. It has to fit the temporary folder of every system.
 */
const PATH_LENGTH = 160;
const AIRPORTS = ['ATL', 'DFW', 'LAX', 'ORD', 'PHX', 'STL'];

const [checkout] = process.argv.slice(2);
if (checkout === undefined) {
  console.error('usage: make.mjs <checkout of the older version, installed and built>');
  process.exit(2);
}
const version = resolve(checkout);
const requireOld = createRequire(join(version, 'package.json'));
const requireStore = createRequire(join(version, 'packages', 'store', 'package.json'));

const home = await mkdtemp(join(tmpdir(), 'rat-make-'));
const warehouse = join(tmpdir(), 'rat-stored-version-').padEnd(PATH_LENGTH, 'x');
await rm(warehouse, { recursive: true, force: true });
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
let running;
try {
  const demo = await makeDemo();
  const api = new Api(url);
  await start({ RAT_LOG_ARCHIVE_MINUTES: '1' });
  await addNamespace();
  await makeFirstHalf(api, demo);
  await waitForArchive(api);
  await stop();
  await start({ RAT_LOG_ARCHIVE_MINUTES: '0' });
  await makeSecondHalf(api, demo);
  const answers = await askEverything(api);
  const database = await dumpDatabase(requireStore('pg'), await databaseUrl());
  await stop();
  const files = {
    warehouse: await readFolder(warehouse),
    landing: await readFolder(join(home, 'landing')),
  };
  await store('database', { commit: commitOf(version), warehouse, ...database });
  await store('files', files);
  await store('answers', answers);
} finally {
  await stop();
  await rm(home, { recursive: true, force: true });
  await rm(warehouse, { recursive: true, force: true });
}

/** Starts the old version as a person does, and waits until it is ready. */
async function start(more) {
  const env = {
    PATH: process.env.PATH,
    RAT_HOME: home,
    PORT: String(port),
    RAT_DEMO: '0',
    RAT_WAREHOUSE: warehouse,
    RAT_RUNNER_ID: 'stored-runner',
    RAT_RUNNER_MEMORY_MB: '1024',
    RAT_MAINTENANCE_HOURS: '0',
    ...more,
  };
  const stdio = ['ignore', 'pipe', 'inherit'];
  // A group of its own: npm passes on no signal to what it started.
  running = spawn('npm', ['start'], { cwd: version, env, stdio, detached: true });
  const lines = [];
  const child = running;
  await new Promise((ready, fail) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      if (line.startsWith('ready ')) ready();
    });
    child.once('exit', () => fail(new Error(`the old version ended:\n${lines.join('\n')}`)));
  });
}

async function stop() {
  if (running === undefined) return;
  const ended = once(running, 'exit');
  const { pid } = running;
  running = undefined;
  process.kill(-pid, 'SIGTERM');
  await ended;
}

/** The archive takes a log one minute after the end of its run. */
async function waitForArchive(api) {
  for (;;) {
    const { runs } = await api.get('/runs?limit=200');
    const waiting = runs.filter((run) => run.finished_at !== null && run.logs_s3_path === null);
    // A run that never started has no line to archive.
    if (waiting.every((run) => run.started_at === null)) return;
    await new Promise((wake) => setTimeout(wake, 1_000));
  }
}

/** A namespace is a row that an operator adds: no request creates one. */
async function addNamespace() {
  const { Client } = requireStore('pg');
  const client = new Client({ connectionString: await databaseUrl() });
  await client.connect();
  await client.query('INSERT INTO namespaces (name, weight) VALUES ($1, 2)', [NS]);
  await client.end();
}

async function databaseUrl() {
  const password = (await readFile(join(home, 'postgres.password'), 'utf8')).trim();
  const lines = (await readFile(join(home, 'postgres', 'postmaster.pid'), 'utf8')).split('\n');
  return `postgresql://postgres:${password}@127.0.0.1:${lines[3]}/rat`;
}

/** The data of the flights example, reduced to the flights between a few airports. */
async function makeDemo() {
  const data = join(version, 'node_modules', 'vega-datasets', 'data');
  const { DuckDBInstance } = requireOld('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create()).connect();
  const flights = join(home, 'flights.parquet');
  const codes = AIRPORTS.map((code) => `'${code}'`).join();
  await connection.run(
    `COPY (SELECT * FROM read_parquet('${join(data, 'flights-3m.parquet')}')
       WHERE origin IN (${codes}) AND destination IN (${codes})
       QUALIFY row_number() OVER (PARTITION BY origin ORDER BY date, destination, delay, distance) <= 200)
     TO '${flights}' (FORMAT parquet, COMPRESSION zstd)`,
  );
  connection.closeSync();
  const [header, ...lines] = (await readFile(join(data, 'airports.csv'), 'utf8')).split('\n');
  const few = lines.filter((line, n) => n % 40 === 0 || AIRPORTS.includes(line.slice(0, 3)));
  // The second delivery lacks an airport, and renames another one.
  const later = few.slice(1).map((line) => line.replace('William B Hartsfield', 'Hartsfield'));
  return {
    flights: new Uint8Array(await readFile(flights)),
    airports: [few, later].map((rows) => `${[header, ...rows].join('\n')}\n`),
    apply: async () => {
      const apply = ['run', 'apply', '--', 'examples/flights', '--url', url];
      const child = spawn('npm', apply, { cwd: version, stdio: 'inherit' });
      const [code] = await once(child, 'exit');
      if (code !== 0) throw new Error('the demo could not be applied');
    },
  };
}

/** Every file below `folder` with its bytes in base64. The API shows when a landing file changed. */
async function readFolder(folder) {
  const files = {};
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    files[relative(folder, path)] = {
      modified: (await stat(path)).mtimeMs / 1_000,
      bytes: (await readFile(path)).toString('base64'),
    };
  }
  return Object.fromEntries(Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

async function store(name, value) {
  await mkdir(HERE, { recursive: true });
  const bytes = gzipSync(JSON.stringify(value, null, 1), { level: 9 });
  await writeFile(join(HERE, `${name}.json.gz`), bytes);
  console.log(`${name}.json.gz: ${bytes.length} bytes`);
}

function commitOf(folder) {
  return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: folder, encoding: 'utf8' }).trim();
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address();
  server.close();
  return free;
}
