import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mergeConfig, type PipelineConfig } from '@rat/contracts';
import type {
  ChangeTarget,
  EngineSession,
  QueryRows,
  SessionInputs,
  SessionLimits,
  StagedOutput,
  Statement,
  TableContent,
  TableEngine,
} from '@rat/engine';
import { UNPARTITIONED } from '@rat/iceberg';
import { pathFromUri } from '@rat/storage';

export const NO_INPUTS: SessionInputs = { tables: {}, fileLists: {} };
export const NEW_TABLE: ChangeTarget = {
  lastColumnId: 0,
  lastPartitionId: 999,
  specs: [],
  files: [],
  deletes: [],
};

/** A table of two rows. */
export const BEFORE = "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) v(id, word)";

/** A result of two rows, of which one has a key of `BEFORE`. */
export const RESULT = "SELECT * FROM (VALUES (2, 'new'), (3, 'c')) v(id, word)";

/** One engine and the folders of one test, with what the tests of the port do to a table. */
export class EngineLab {
  readonly engine: TableEngine;
  root = '';
  #stagings = 0;
  #open: EngineSession[] = [];

  constructor(engine: TableEngine) {
    this.engine = engine;
  }

  /** Call it before each test. */
  async setUp(): Promise<void> {
    this.root = await mkdtemp(join(tmpdir(), 'rat-engine-'));
    await mkdir(join(this.root, 'temp'));
    this.#open = [];
    this.#stagings = 0;
  }

  /** Call it after each test. */
  async tearDown(): Promise<void> {
    for (const session of this.#open) await session.close();
    await rm(this.root, { recursive: true, force: true });
  }

  get limits(): SessionLimits {
    return { tempDir: join(this.root, 'temp'), memoryLimitMb: 256, tempLimitMb: 256, threads: 2 };
  }

  async start(
    inputs: SessionInputs = NO_INPUTS,
    more: { lanes?: number; onProgress?: (percent: number, rows: number) => void } = {},
  ): Promise<EngineSession> {
    const stagingDir = join(this.root, `staging_${++this.#stagings}`);
    await mkdir(stagingDir);
    const session = await this.engine.open({
      inputs,
      stagingDir,
      keepsOrder: true,
      ...this.limits,
      ...more,
    });
    this.#open.push(session);
    return session;
  }

  async close(session: EngineSession): Promise<void> {
    this.#open.splice(this.#open.indexOf(session), 1);
    await session.close();
  }

  statement(sql: string): Statement {
    const [first] = this.engine.splitStatements(sql);
    if (first === undefined) throw new Error('no statement');
    return first;
  }

  /** Stages a result into the table in a session of its own. */
  async stage(
    sql: string,
    { config = {}, target = NEW_TABLE }: { config?: PipelineConfig; target?: ChangeTarget } = {},
  ): Promise<StagedOutput> {
    const files = [...target.files, ...target.deletes].map(({ path }) => pathFromUri(path));
    const session = await this.start({ ...NO_INPUTS, files });
    try {
      return await session.stage(this.statement(sql), {
        merge: mergeConfig(config),
        target,
        runStartedAt: '2026-07-01T10:00:00.000Z',
        targetFileMb: 16,
      });
    } finally {
      await this.close(session);
    }
  }

  /** The table after a staged change was committed. */
  committed(before: ChangeTarget, staged: StagedOutput): ChangeTarget {
    // An engine that stages a snapshot has its files adopted first.
    if (staged.form !== 'files') throw new Error('adopt the snapshot to test this engine');
    const { files, removed } = staged;
    const stays = before.files.filter(({ path }) => removed !== 'all' && !removed.includes(path));
    const sequenceNumber = before.files.length + 1;
    return {
      schema: staged.schema,
      lastColumnId: staged.lastColumnId,
      lastPartitionId: 999,
      specs: [UNPARTITIONED],
      files: [...stays, ...files.map((file) => ({ ...file, sequenceNumber }))],
      deletes: [],
    };
  }

  contentOf({ schema, files }: ChangeTarget): TableContent {
    if (schema === undefined) throw new Error('the table is not published');
    return { schema, files };
  }

  /** Answers a query in which `lab.silver.t` is the scan. */
  async ask(
    sql: string,
    scan: string,
    files: readonly { path: string }[],
    maxRows = 100,
  ): Promise<QueryRows> {
    const table = { namespace: 'lab', layer: 'silver', name: 't', sql: scan };
    return this.engine.query(this.statement(sql), {
      tables: [{ ...table, files: files.map(({ path }) => pathFromUri(path)) }],
      namespace: 'lab',
      maxRows,
      maxBytes: 1_000_000,
      ...this.limits,
    });
  }

  async wordsOf(target: ChangeTarget): Promise<string[]> {
    const answer = await this.ask(
      'SELECT id, word FROM silver.t ORDER BY id, word',
      this.engine.scan(this.contentOf(target)),
      target.files,
    );
    return answer.rows.map((row) => row.join(' '));
  }
}
