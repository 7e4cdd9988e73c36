// Measures the cost of tables on a real API and runner; prints text or, with --json, JSON. Runs all
// of `merge`, `parallel` and `publish`, or the named ones; with --large also a full refresh of 100
// million rows. Results are medians, where possible beside a baseline of the same minute, because a
// shared machine is noisy. Commits of Postgres and table files reach the disk, as in production.
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { RunDetail } from '@rat/contracts';
import { quoteText } from '@rat/domain';
import {
  findRefSnapshot,
  publishRunBranch,
  readLiveFiles,
  readTableState,
  stageChange,
  type LiveFile,
  type TableState,
} from '@rat/iceberg';
import { LocalTableFiles, pathFromUri } from '@rat/storage';
import { moveTable } from '@rat/store';
import { closeServices, eventually, openServices, startFleet, type Fleet } from '@rat/testing';
import pg from 'pg';
import { firstRunner } from './bench-fleet.ts';
import { readPublishTimes, timingPublishes } from './publish-times.ts';

const MINUTES = 60_000;
const MEASURED_RUNS = 20;
const isJson = process.argv.includes('--json');
const isLarge = process.argv.includes('--large');
const chosen = process.argv.slice(2).filter((one) => !one.startsWith('--'));
const isChosen = (part: string): boolean => chosen.length === 0 || chosen.includes(part);
const figures: Record<string, unknown>[] = [];
/** The cached reader of each fleet: its files are immutable, so each is read once. */
const filesOf = new WeakMap<Fleet, LocalTableFiles>();
let template: LiveFile | undefined;

await openServices({ durability: 'durable' });
try {
  const folder = await mkdtemp(join(tmpdir(), 'rat-measure-'));
  try {
    const small = { RAT_TARGET_FILE_MB: '16', RAT_RUNNER_CONCURRENCY: '1' };
    if (isChosen('merge')) await withFleet(small, measureMerge);
    if (isChosen('parallel')) await withFleet({}, measureTwoTables);
    const timed = join(folder, 'publishes.jsonl');
    if (isChosen('publish')) {
      await withFleet(timingPublishes(timed), (fleet) => measurePublish(fleet, timed));
    }
    if (isLarge) {
      await withFleet({ RAT_RUNNER_CONCURRENCY: '1', RAT_RUNNER_MEMORY_MB: '512' }, measureLarge);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
} finally {
  await closeServices();
}
if (isJson) console.log(JSON.stringify(figures, null, 2));

async function withFleet(
  env: Record<string, string>,
  measure: (fleet: Fleet) => Promise<void>,
): Promise<void> {
  const fleet = await startFleet({
    checkAnswers: false,
    backend: 'postgres',
    apis: 1,
    runners: 1,
    env: { RAT_LEASE_SECONDS: '60', RAT_MAINTENANCE_HOURS: '0', ...env },
  });
  try {
    await measure(fleet);
  } finally {
    await fleet.close();
  }
}

/** (a) An incremental run of 10,000 adjacent keys on 20 million rows that are sorted by key. */
async function measureMerge(fleet: Fleet): Promise<void> {
  const path = 'default/silver/events';
  const columns = 'i AS id, random() AS v, (random() * 1000000)::INT AS k';
  const config = { merge_strategy: 'incremental', unique_key: ['id'] };
  await fleet.putPipeline(path, { sql: `SELECT ${columns} FROM range(20000000) r(i)`, config });
  const made = await run(fleet, path);
  const live = await liveFiles(fleet, 'silver', 'events');
  const total = live.size;
  tell('merge: the table', {
    rows: 20_000_000,
    files: total,
    megabytes: Math.round([...live.values()].reduce((sum, file) => sum + file.fileSize, 0) / 1e6),
    seconds: seconds(made.duration_ms ?? 0),
  });
  const runs: number[] = [];
  const writes: number[] = [];
  const changes: { removed: number; added: number; of: number }[] = [];
  const baselines: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    const first = 1_000_000 + n * 3_700_000;
    const sql = `SELECT ${columns} FROM range(${first}, ${first + 10_000}) r(i)`;
    await fleet.putPipeline(path, { sql, config });
    const before = await liveFiles(fleet, 'silver', 'events');
    const { duration_ms, phases } = await run(fleet, path);
    const after = await liveFiles(fleet, 'silver', 'events');
    const removed = [...before.values()].filter((file) => !after.has(file.path));
    const added = [...after.values()].filter((file) => !before.has(file.path));
    runs.push(duration_ms ?? 0);
    writes.push(phase(phases, 'write') + phase(phases, 'publish'));
    changes.push({ removed: removed.length, added: added.length, of: before.size });
    // The removed files still exist, for readers of the old version.
    baselines.push(await copyMs(removed.map((file) => pathFromUri(file.path))));
  }
  const most = Math.max(...changes.map((change) => change.removed));
  if (most === 0 || most > total / 4) {
    throw new Error(`a batch of neighbours rewrote ${most} of ${total} files`);
  }
  const baseline = median(baselines);
  tell('merge: 10,000 neighbouring keys', {
    run_seconds: seconds(median(runs)),
    write_and_publish_seconds: seconds(median(writes)),
    duckdb_copy_of_the_same_files_seconds: seconds(baseline),
    ratio: round(median(writes) / baseline),
    files: changes
      .map(({ removed, added, of }) => `${removed} of ${of} became ${added}`)
      .join(', '),
  });
}

/**
 * (b) The time of a publish on a table with that many versions. The measured runs are real. Most
 * runs before them are only their two commits, with a copy of the first run's file.
 */
async function measurePublish(fleet: Fleet, timed: string): Promise<void> {
  const path = 'default/silver/ticks';
  const config = { merge_strategy: 'append_only' };
  await fleet.putPipeline(path, { sql: 'SELECT 1 AS n', config });
  await run(fleet, path);
  const pool = new pg.Pool({ connectionString: fleet.databaseUrl, max: 1 });
  try {
    let done = 1;
    for (const until of [100, 300, 1_000]) {
      for (; done < until - MEASURED_RUNS; done += 1) {
        await commitAppend(fleet, pool);
        if (done % 100 === 0) await maintain(fleet, 'ticks');
      }
      const ids: string[] = [];
      for (let n = 0; n < MEASURED_RUNS; n += 1) {
        const id = await fleet.createRun(path);
        await fleet.spy.waitFor(id, 'success', MINUTES);
        ids.push(id);
      }
      done += MEASURED_RUNS;
      await tellPublish(fleet, { done, ids, timed });
    }
  } finally {
    await pool.end();
  }
}

async function commitAppend(fleet: Fleet, pool: pg.Pool): Promise<void> {
  const table = { namespace: 'default', layer: 'silver', name: 'ticks' } as const;
  const { files, metadata, location } = await current(fleet, 'silver', 'ticks');
  template ??= given((await mainFiles(files, metadata))[0]);
  const { sequenceNumber: _, ...file } = template;
  const runId = randomUUID();
  const uri = files.uri('default', 'silver', 'ticks', 'data', `${runId}.parquet`);
  await files.writeNew(uri, await files.read(file.path));
  const nowMs = Date.now();
  const staged = await stageChange(files, {
    tableUri: metadata.location,
    current: { metadata, location },
    runId,
    added: [{ ...file, path: uri }],
    removed: new Set(),
    schema: given(metadata.schemas.at(-1)),
    spec: given(metadata['partition-specs'].at(-1)),
    maxBranchAgeMs: 86_400_000,
    nowMs,
  });
  await moveTable({ pool }, { table, expected: location, next: staged.location });
  const next = await publishRunBranch(files, staged, { runId, nowMs });
  await moveTable({ pool }, { table, expected: staged.location, next: next.location });
  for (const dropped of [...staged.expiredMetadataUris, ...next.expiredMetadataUris])
    await files.remove(dropped);
}

async function tellPublish(
  fleet: Fleet,
  { done, ids, timed }: { done: number; ids: readonly string[]; timed: string },
): Promise<void> {
  const runs = await Promise.all(ids.map((id) => readRun(fleet, id)));
  const times = await Promise.all(runs.map((one) => readPublishTimes(timed, one)));
  const { metadata, location, files } = await current(fleet, 'silver', 'ticks');
  const head = given(findRefSnapshot(metadata, 'main'));
  const list = await files.read(head['manifest-list']);
  tell(`publish: run ${done}, median of the last ${ids.length}`, {
    publish_to_commit_ms: median(times.map(({ wholeMs }) => wholeMs)),
    publish_transaction_ms: round(median(times.map(({ transactionMs }) => transactionMs))),
    run_ms: median(runs.map((one) => one.duration_ms ?? 0)),
    snapshots: metadata.snapshots.length,
    metadata_kilobytes: Math.round((await files.read(location)).length / 1e3),
    manifest_list_kilobytes: Math.round(list.length / 1e3),
    synced_write_of_such_a_file_ms: round(
      await writeMs(files, (await files.read(location)).length),
    ),
  });
}

/** (c) More rows than fit into the memory of the run. */
async function measureLarge(fleet: Fleet): Promise<void> {
  const path = 'default/silver/large';
  const sql = 'SELECT i AS id, random() AS v, i % 1000 AS k FROM range(100000000) r(i)';
  await fleet.putPipeline(path, { sql, config: { timeout_seconds: 3_600 } });
  const id = await fleet.createRun(path);
  let peak = 0;
  await eventually(
    'the large run ends',
    async () => {
      peak = Math.max(peak, await childMemory(firstRunner(fleet).pid));
      const found = await fleet.spy.find(id);
      if (found?.status === 'failed') throw new Error('the large run failed');
      return found?.status === 'success';
    },
    30 * MINUTES,
  );
  const { duration_ms, rows_total } = await readRun(fleet, id);
  tell('large: full refresh', {
    rows: rows_total,
    seconds: seconds(duration_ms ?? 0),
    memory_limit_megabytes: 512,
    peak_of_the_executor_megabytes: Math.round(peak / 1e6),
  });
}

/** (d) Two runs on two tables, in parallel and alone. */
async function measureTwoTables(fleet: Fleet): Promise<void> {
  const paths = ['default/silver/left', 'default/silver/right'];
  for (const path of paths) {
    await fleet.putPipeline(path, {
      sql: 'SELECT i AS id, random() AS v FROM range(4000000) r(i)',
    });
    await run(fleet, path);
  }
  const alone: number[] = [];
  const beside: number[] = [];
  for (let n = 0; n < 3; n += 1) {
    for (const path of paths) alone.push((await run(fleet, path)).duration_ms ?? 0);
    const both = await Promise.all(paths.map((path) => run(fleet, path)));
    beside.push(...both.map((one) => one.duration_ms ?? 0));
  }
  tell('two tables at once: 4 million rows each', {
    alone_seconds: seconds(median(alone)),
    beside_each_other_seconds: seconds(median(beside)),
    ratio: round(median(beside) / median(alone)),
  });
}

async function run(fleet: Fleet, path: string): Promise<RunDetail> {
  const id = await fleet.createRun(path);
  await fleet.spy.waitFor(id, 'success', 5 * MINUTES);
  return readRun(fleet, id);
}

async function readRun(fleet: Fleet, id: string): Promise<RunDetail> {
  return (await fleet.getJson(`/runs/${id}`)) as RunDetail;
}

async function maintain(fleet: Fleet, table: string): Promise<void> {
  const answer = await fetch(`${fleet.apis[0]?.url}/api/v1/maintenance`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ namespace: 'default', layer: 'silver', table }),
  });
  const { runs } = (await answer.json()) as { runs: { run_id: string }[] };
  await fleet.spy.waitFor(given(runs[0]).run_id, 'success', MINUTES);
}

async function current(
  fleet: Fleet,
  layer: string,
  name: string,
): Promise<TableState & { files: LocalTableFiles }> {
  const files = filesOf.get(fleet) ?? new LocalTableFiles(join(fleet.home, 'warehouse'));
  filesOf.set(fleet, files);
  const [row] = await fleet.query<{ location: string }>(
    `SELECT metadata_location AS location FROM lake.iceberg_tables
     WHERE table_namespace = 'default_${layer}' AND table_name = '${name}'`,
  );
  return { files, ...(await readTableState(files, given(row).location)) };
}

async function liveFiles(
  fleet: Fleet,
  layer: string,
  name: string,
): Promise<Map<string, LiveFile>> {
  const { files, metadata } = await current(fleet, layer, name);
  const live = await mainFiles(files, metadata);
  return new Map(live.map((file) => [file.path, file]));
}

function mainFiles(files: LocalTableFiles, metadata: TableState['metadata']): Promise<LiveFile[]> {
  return readLiveFiles(files, metadata, given(metadata['current-snapshot-id']));
}

/** The time that DuckDB alone takes to read these files and write their rows again. */
async function copyMs(paths: readonly string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'rat-copy-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const began = performance.now();
    await connection.run(
      `COPY (FROM read_parquet([${paths.map(quoteText).join(', ')}])) TO ${quoteText(join(folder, 'copy.parquet'))}
       (FORMAT parquet, COMPRESSION zstd)`,
    );
    return performance.now() - began;
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeMs(files: LocalTableFiles, bytes: number): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 20; n += 1) {
    const uri = files.uri('measure', randomUUID());
    const began = performance.now();
    await files.writeNew(uri, Buffer.alloc(bytes, 'x'));
    times.push(performance.now() - began);
  }
  return median(times);
}

/** The largest peak memory of the process's children in bytes; 0 on a system without `/proc`. */
async function childMemory(pid: number): Promise<number> {
  let most = 0;
  for (const entry of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(entry)) continue;
    const status = await readFile(`/proc/${entry}/status`, 'utf8').catch(() => '');
    if (!status.includes(`\nPPid:\t${pid}\n`)) continue;
    most = Math.max(most, Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1] ?? 0) * 1024);
  }
  return most;
}

function phase(phases: RunDetail['phases'], name: string): number {
  return phases.find((one) => one.name === name)?.duration_ms ?? 0;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return given(sorted[sorted.length >> 1]);
}

function seconds(ms: number): number {
  return round(ms / 1_000);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A value that is always there; throws when it is not. */
function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a figure has no value');
  return value;
}

function tell(what: string, values: Record<string, string | number | null>): void {
  figures.push({ what, ...values });
  if (isJson) return;
  console.log(what);
  for (const [name, value] of Object.entries(values)) {
    console.log(`  ${name.replaceAll('_', ' ')}: ${value}`);
  }
}
