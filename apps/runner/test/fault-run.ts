import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PipelineRef } from '@rat/domain';
import {
  findRefSnapshot,
  MAIN_BRANCH,
  readMainBranch,
  readSnapshotManifests,
  sealCommit,
  serializeTableMetadata,
  stageChange,
  UNPARTITIONED,
  type TableMetadata,
  type TableState,
} from '@rat/iceberg';
import { LocalTableFiles, LocalWarehouse, pathFromUri } from '@rat/storage';
import { createLogger } from '@rat/runtime';
import { moveTable, type Database } from '@rat/store';
import { eventually, type Fleet } from '@rat/testing';
import type { AttemptDeps } from '../src/attempt-contract/attempt-deps.ts';
import { findCurrentTable } from '../src/table-commit/current-table.ts';
import { maintainTable } from '../src/maintenance/maintain-table.ts';
import type { Fault, FaultPoint } from './fault-points.ts';
import { LandingClient } from './landing-client.ts';

const DIE_AT = new URL('../../../packages/testing/bin/die-at.mjs', import.meta.url);

const ANSWER_MS = 60_000;

type Rows = [id: number, v: number][];

/** What the table holds before the killed run, how it is filled, and what it holds afterwards. */
interface Kind {
  config: object;
  seedSql: string;
  seeds: number;
  sql: string;
  before: Rows;
  after: Rows;
}

const APPEND: Kind = {
  config: { merge_strategy: 'append_only' },
  seedSql: 'SELECT 1 AS id, 0 AS v',
  seeds: 1,
  sql: 'SELECT 2 AS id, 1 AS v',
  before: [[1, 0]],
  after: [
    [1, 0],
    [2, 1],
  ],
};
const SIX_ROWS: Rows = Array.from({ length: 6 }, () => [1, 0]);

const KINDS: Record<Fault['run'], Kind> = {
  append: APPEND,
  merge: {
    config: { merge_strategy: 'incremental', unique_key: ['id'] },
    seedSql: 'SELECT i AS id, 0 AS v FROM range(1, 4) r(i)',
    seeds: 1,
    sql: 'SELECT i AS id, 1 AS v FROM range(2, 5) r(i)',
    before: [
      [1, 0],
      [2, 0],
      [3, 0],
    ],
    after: [
      [1, 0],
      [2, 1],
      [3, 1],
      [4, 1],
    ],
  },
  archive: {
    ...APPEND,
    config: { merge_strategy: 'append_only', archive_landing_zones: true },
    after: [
      [1, 0],
      [2, 1],
      [3, 1],
    ],
  },
  maintain: { ...APPEND, seeds: 6, before: SIX_ROWS, after: SIX_ROWS },
};

/** A table of its own, with the run on it that is killed at one step. */
export class FaultRun {
  readonly fault: Fault;
  readonly kind: Kind;
  readonly pool: string;
  readonly table: PipelineRef;
  /** The versions of main that the observer saw. */
  readonly seen: string[] = [];
  runId = '';
  #seenVersion: bigint | undefined;
  readonly #fleet: Fleet;
  readonly #db: Database;
  readonly #deps: AttemptDeps;

  constructor(fault: Fault, { fleet, db, index }: { fleet: Fleet; db: Database; index: number }) {
    this.fault = fault;
    this.kind = KINDS[fault.run];
    this.pool = `doomed_${index}`;
    this.table = { namespace: 'default', layer: 'bronze', name: `fault_${index}` };
    this.#fleet = fleet;
    this.#db = db;
    const root = join(fleet.home, 'warehouse');
    // Only the limits that compaction reads before it finds nothing to do.
    this.#deps = {
      db,
      tables: new LocalTableFiles(root),
      warehouse: new LocalWarehouse({ root, landingRoot: join(fleet.home, 'landing') }),
      limits: { targetFileMb: 16 },
      log: createLogger('test', { level: 'silent' }),
    } as unknown as AttemptDeps;
  }

  /** Fills the table by ordinary runs, then gives its pipeline to the runner that will die. */
  async prepare(): Promise<void> {
    const { kind, fault } = this;
    await this.#put(kind.seedSql, {});
    for (let n = 0; n < kind.seeds; n += 1) {
      const id = await this.#fleet.createRun(`default/bronze/${this.table.name}`);
      await this.#fleet.spy.waitFor(id, 'success', ANSWER_MS);
    }
    await this.#keepFewVersions();
    if (fault.run === 'maintain') await this.#stageDeadBranch();
    if (fault.run === 'archive') {
      const client = new LandingClient(this.#fleet);
      for (const id of [2, 3]) {
        await client.upload(this.table.name, `${id}.csv`, `id,v\n${id},1\n`);
      }
    }
    const sql =
      fault.run === 'archive'
        ? `SELECT id::INT AS id, v::INT AS v FROM read_csv({{ landing_zone('${this.table.name}') }})`
        : kind.sql;
    await this.#put(sql, { pool: this.pool });
  }

  /** Runs it until its runner is dead, and the next runner too where there is one. */
  async kill(): Promise<void> {
    const { fault } = this;
    const first = await this.#startDoomed(fault.at);
    this.runId = await this.#create();
    await this.#death(first);
    if (fault.next !== undefined) await this.#death(await this.#startDoomed(fault.next));
  }

  /** What readers of main see now. */
  async look(): Promise<string> {
    const rows = await eventually(`${this.table.name} can be read`, async () => {
      const sql = `SELECT id::INT, v::INT FROM bronze.${this.table.name} ORDER BY ALL`;
      const answer = await this.#post('/query', { sql, rows_as: 'arrays' });
      // While the board still lists a dead runner.
      if (answer.status === 503) return undefined;
      return { body: (await answer.json()) as { rows?: unknown[][]; error?: unknown } };
    });
    const seen = JSON.stringify(rows.body.rows ?? rows.body.error);
    this.seen.push(seen);
    return seen;
  }

  /** Reads again when main is another version than before; a version never changes. */
  async lookIfMoved(): Promise<void> {
    const head = findRefSnapshot((await this.#current()).metadata, MAIN_BRANCH)?.['snapshot-id'];
    if (head === this.#seenVersion) return;
    await this.look();
    this.#seenVersion = head;
  }

  /**
   * Runs maintenance without any waiting time, twice: the second removes what the first replaced.
   */
  async maintain(): Promise<void> {
    for (let n = 0; n < 2; n += 1) {
      await maintainTable(this.#deps, {
        table: this.table,
        keepMs: 0,
        orphanAgeMs: 0,
        tempDir: join(this.#fleet.home, 'tmp', 'maintenance'),
        commit: async (move) => ((await moveTable(this.#db, move)) ? 'committed' : 'conflict'),
        signal: new AbortController().signal,
      });
    }
  }

  /** The number of versions of main that the run made. */
  async published(): Promise<number> {
    const { metadata } = await this.#current();
    const ofMain = new Set(metadata['snapshot-log'].map((entry) => entry['snapshot-id']));
    return metadata.snapshots.filter(
      (one) => one.summary['rat.run-id'] === this.runId && ofMain.has(one['snapshot-id']),
    ).length;
  }

  async branches(): Promise<string[]> {
    return Object.keys((await this.#current()).metadata.refs);
  }

  /** The files in the table's folder, and those of its only version. */
  async files(): Promise<{ onDisk: string[]; ofTable: string[] }> {
    const { tables } = this.#deps;
    const { metadata, location } = await this.#current();
    const main = await readMainBranch(tables, { metadata, location });
    const head = findRefSnapshot(metadata, MAIN_BRANCH);
    if (main === undefined || head === undefined) throw new Error('the table has no main');
    const manifests = await readSnapshotManifests(tables, metadata, head['snapshot-id']);
    const ofTable = [
      location,
      ...metadata['metadata-log'].map((entry) => entry['metadata-file']),
      head['manifest-list'],
      ...manifests.map(({ path }) => path),
      ...main.files.map(({ path }) => path),
    ];
    const folder = pathFromUri(metadata.location);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const onDisk = entries.filter((one) => one.isFile());
    return {
      onDisk: onDisk.map((one) => join(one.parentPath, one.name)).toSorted(),
      ofTable: ofTable.map(pathFromUri).toSorted(),
    };
  }

  async #put(sql: string, config: object): Promise<void> {
    await this.#fleet.putPipeline(`default/bronze/${this.table.name}`, {
      sql,
      config: { max_retries: 5, retry_delay_seconds: 0, ...this.kind.config, ...config },
      quality_tests: [{ name: 'positive', sql: 'SELECT * FROM {{ this }} WHERE id < 0' }],
    });
  }

  async #create(): Promise<string> {
    if (this.fault.run !== 'maintain') {
      return this.#fleet.createRun(`default/bronze/${this.table.name}`);
    }
    const { namespace, layer, name } = this.table;
    const answer = await this.#post('/maintenance', { namespace, layer, table: name });
    const { runs } = (await answer.json()) as { runs: { run_id: string }[] };
    return runs[0]?.run_id ?? '';
  }

  #post(path: string, body: object): Promise<Response> {
    return fetch(`${this.#fleet.apis[0]?.url}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  #startDoomed(at: FaultPoint) {
    return this.#fleet.startRunner({
      RAT_RUNNER_POOLS: this.pool,
      RAT_RUNNER_CONCURRENCY: '1',
      NODE_OPTIONS: `--import=${DIE_AT.href}`,
      RAT_TEST_DIE_AT: JSON.stringify(at),
      // The wait after each death; no machine stalls for so long while the runner lives.
      RAT_LEASE_SECONDS: '8',
    });
  }

  async #death(runner: Awaited<ReturnType<Fleet['startRunner']>>): Promise<void> {
    let signal: NodeJS.Signals | null | undefined;
    void runner.exited.then((ended) => (signal = ended.signal));
    const died = eventually(this.fault.name, () => signal === 'SIGKILL', ANSWER_MS);
    await died.catch((cause: unknown) => {
      throw new Error(`${this.fault.name}: it lives\n${runner.output()}`, { cause });
    });
  }

  /** Each commit then expires an old metadata file, as in a long-lived table. */
  async #keepFewVersions(): Promise<void> {
    const current = await this.#current();
    const properties = { 'write.metadata.previous-versions-max': '2' };
    await this.#commit(current, { ...current.metadata, properties });
  }

  /** A branch of a run that the database no longer has. */
  async #stageDeadBranch(): Promise<void> {
    const current = await this.#current();
    const main = await readMainBranch(this.#deps.tables, current);
    if (main === undefined) throw new Error('nothing was published');
    const next = await stageChange(this.#deps.tables, {
      tableUri: current.metadata.location,
      current,
      runId: randomUUID(),
      added: [],
      removed: 'all',
      schema: main.schema,
      spec: UNPARTITIONED,
      maxBranchAgeMs: 86_400_000,
      nowMs: Date.now(),
    });
    await moveTable(this.#db, {
      table: this.table,
      expected: current.location,
      next: next.location,
    });
  }

  async #commit(current: TableState, changed: TableMetadata): Promise<void> {
    const { metadata } = sealCommit({
      next: changed,
      previous: current.metadata,
      previousFile: current.location,
      nowMs: Date.now(),
    });
    const next = `${metadata.location}/metadata/99999-${randomUUID()}.metadata.json`;
    await this.#deps.tables.writeNew(next, Buffer.from(serializeTableMetadata(metadata)));
    await moveTable(this.#db, { table: this.table, expected: current.location, next });
  }

  async #current(): Promise<TableState> {
    const current = await findCurrentTable(this.#deps, this.table);
    if (current === undefined) throw new Error('the table is not there');
    return current;
  }
}
