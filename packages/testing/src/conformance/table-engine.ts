import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mergeConfig, type PipelineConfig } from '@rat/contracts';
import { MERGE_STRATEGIES, STRATEGIES, type MergeStrategy } from '@rat/domain';
import {
  ConfigError,
  InterruptedError,
  StatementError,
  type ChangeTarget,
  type EngineSession,
  type SessionInputs,
  type StagedFiles,
  type StagedOutput,
  type Statement,
  type TableContent,
  type TableEngine,
} from '@rat/engine';
import { SchemaConflictError, UNPARTITIONED } from '@rat/iceberg';
import { pathFromUri } from '@rat/storage';

const NO_INPUTS: SessionInputs = { tables: {}, fileLists: {} };
const NEW_TABLE: ChangeTarget = {
  lastColumnId: 0,
  lastPartitionId: 999,
  specs: [],
  files: [],
  deletes: [],
};
const ENDLESS =
  'SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) = 3';

/** A table of two rows, a result of two rows, and the rows after each strategy merged them. */
const BEFORE = "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) v(id, word)";
const RESULT = "SELECT * FROM (VALUES (2, 'new'), (3, 'c')) v(id, word)";
const MERGED: Partial<Record<MergeStrategy, string[]>> = {
  full_refresh: ['2 new', '3 c'],
  append_only: ['1 a', '2 b', '2 new', '3 c'],
  incremental: ['1 a', '2 new', '3 c'],
  delete_insert: ['1 a', '2 new', '3 c'],
  snapshot: ['1 a', '2 new', '3 c'],
  scd2: ['1 a', '2 b', '2 new', '3 c'],
};

/** A configuration with all that the strategy needs. */
function configOf(strategy: MergeStrategy): PipelineConfig {
  const keys = STRATEGIES[strategy].needs.map((setting) => [setting, 'id']);
  return { merge_strategy: strategy, ...Object.fromEntries(keys) };
}

/**
 * The promises of the port `TableEngine` that runs rely on. Every adapter must pass them. Where the
 * SQL of a test is more than the standard, it is DuckDB's: a second engine brings its own.
 *
 * @example
 * testTableEngine(duckdbEngine);
 */
export function testTableEngine(engine: TableEngine): void {
  let root: string;
  let stagings = 0;
  let open: EngineSession[];

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'rat-engine-'));
    await mkdir(join(root, 'temp'));
    open = [];
    stagings = 0;
  });
  afterEach(async () => {
    for (const session of open) await session.close();
    await rm(root, { recursive: true, force: true });
  });

  const limits = (): {
    tempDir: string;
    memoryLimitMb: number;
    tempLimitMb: number;
    threads: number;
  } => ({
    tempDir: join(root, 'temp'),
    memoryLimitMb: 256,
    tempLimitMb: 256,
    threads: 2,
  });

  async function start(
    inputs: SessionInputs = NO_INPUTS,
    more: { lanes?: number; onProgress?: (percent: number, rows: number) => void } = {},
  ): Promise<{ session: EngineSession; stagingDir: string }> {
    const stagingDir = join(root, `staging_${++stagings}`);
    await mkdir(stagingDir);
    const session = await engine.open({
      inputs,
      stagingDir,
      keepsOrder: true,
      ...limits(),
      ...more,
    });
    open.push(session);
    return { session, stagingDir };
  }

  async function close(session: EngineSession): Promise<void> {
    open.splice(open.indexOf(session), 1);
    await session.close();
  }

  function statement(sql: string): Statement {
    const [first] = engine.splitStatements(sql);
    if (first === undefined) throw new Error('no statement');
    return first;
  }

  /** Stages a result into the table in a session of its own. */
  async function stage(
    sql: string,
    { config = {}, target = NEW_TABLE }: { config?: PipelineConfig; target?: ChangeTarget } = {},
  ): Promise<StagedOutput> {
    const files = [...target.files, ...target.deletes].map(({ path }) => pathFromUri(path));
    const { session } = await start({ ...NO_INPUTS, files });
    try {
      return await session.stage(statement(sql), {
        merge: mergeConfig(config),
        target,
        runStartedAt: '2026-07-01T10:00:00.000Z',
        targetFileMb: 16,
      });
    } finally {
      await close(session);
    }
  }

  /** The table after a staged change was committed. */
  function committed(before: ChangeTarget, staged: StagedOutput): ChangeTarget {
    const { files, removed } = asFiles(staged);
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

  /** An engine that stages a snapshot has its files adopted before it is committed. */
  function asFiles(staged: StagedOutput): StagedFiles {
    if (staged.form !== 'files') throw new Error('adopt the snapshot to test this engine');
    return staged;
  }

  function contentOf({ schema, files }: ChangeTarget): TableContent {
    if (schema === undefined) throw new Error('the table is not published');
    return { schema, files };
  }

  /** Answers a query in which `lab.silver.t` is the scan. */
  async function ask(
    sql: string,
    scan: string,
    files: readonly { path: string }[],
    maxRows = 100,
  ): Promise<{ columns: { name: string; type: string }[]; rows: unknown[][]; truncated: boolean }> {
    const table = { namespace: 'lab', layer: 'silver', name: 't', sql: scan };
    return engine.query(statement(sql), {
      tables: [{ ...table, files: files.map(({ path }) => pathFromUri(path)) }],
      namespace: 'lab',
      maxRows,
      maxBytes: 1_000_000,
      ...limits(),
    });
  }

  async function wordsOf(target: ChangeTarget): Promise<string[]> {
    const answer = await ask(
      'SELECT id, word FROM silver.t ORDER BY id, word',
      engine.scan(contentOf(target)),
      target.files,
    );
    return answer.rows.map((row) => row.join(' '));
  }

  describe('staging', () => {
    test.each(MERGE_STRATEGIES)('%s merges a result into the rows of a table', async (strategy) => {
      const rows = MERGED[strategy];
      if (rows === undefined) throw new Error(`add the rows after ${strategy} to this suite`);
      const options = { config: configOf(strategy) };
      const first = await stage(BEFORE, options);
      expect(first).toMatchObject({ rows: 2, rowsDeleted: 0 });
      const target = committed(NEW_TABLE, first);
      const second = await stage(RESULT, { ...options, target });
      expect(second.schema.fields.map(({ id }) => id)).toEqual(
        first.schema.fields.map(({ id }) => id),
      );
      const scan = engine.scanStaged(target, second);
      const after = committed(target, second);
      const shown = await ask('SELECT id, word FROM silver.t ORDER BY id, word', scan, after.files);
      expect(shown.rows.map((row) => row.join(' '))).toEqual(rows);
      expect(await wordsOf(after)).toEqual(rows);
      expect(await wordsOf(target)).toEqual(['1 a', '2 b']);
    });

    test('the same result twice changes no row of a strategy that compares', async () => {
      const options = { config: { merge_strategy: 'incremental', unique_key: 'id' } } as const;
      const target = committed(NEW_TABLE, await stage(BEFORE, options));
      expect(await stage(BEFORE, { ...options, target })).toMatchObject({
        rows: 0,
        rowsDeleted: 0,
        removed: [],
      });
    });

    test('a result without rows has the columns, and stages no row', async () => {
      const staged = await stage('SELECT 1 AS id WHERE false');
      expect(staged).toMatchObject({ rows: 0, bytes: 0, columns: [{ name: 'id' }] });
    });

    test('a result that does not fit the table is refused before a row is written', async () => {
      const target = committed(NEW_TABLE, await stage(BEFORE));
      const append: PipelineConfig = { merge_strategy: 'append_only' };
      await expect(stage('SELECT [1] AS id', { config: append, target })).rejects.toBeInstanceOf(
        SchemaConflictError,
      );
      const config: PipelineConfig = { merge_strategy: 'incremental', unique_key: 'nope' };
      await expect(stage(BEFORE, { config })).rejects.toBeInstanceOf(ConfigError);
      for (const name of await readdir(root)) {
        if (name.startsWith('staging_') && name !== 'staging_1') {
          expect(await readdir(join(root, name))).toEqual([]);
        }
      }
    });

    test('each column is reported with a name of its type that the engine itself reads', async () => {
      const staged = await stage('SELECT 1 AS n, 2.50 AS price, true AS ok, [1] AS list');
      const { session } = await start();
      for (const [index, { type }] of staged.columns.entries()) {
        const field = staged.schema.fields[index];
        expect(field && engine.typeName(field.type)).toBe(type);
        await session.run(statement(`SELECT CAST(NULL AS ${type})`));
      }
    });
  });

  describe('a session', () => {
    test('a statement can read what an earlier one made', async () => {
      if (!engine.capabilities.manyStatements) return;
      const { session } = await start();
      await session.run(statement('CREATE TEMP TABLE made AS SELECT 7 AS n'));
      expect(await session.run(statement('SELECT * FROM made'))).toEqual({ rows: 1 });
      const [lane] = await session.testLanes();
      const answer = await lane.query(statement('SELECT n FROM made'), { limit: 5 });
      expect(answer).toMatchObject({ columns: ['n'], rows: [['7']], rowCount: 1 });
    });

    test('an author reads an input by its name, and no other file', async () => {
      const target = committed(NEW_TABLE, await stage(BEFORE));
      const secret = join(root, 'secret.csv');
      await writeFile(secret, 'a\n1\n');
      const files = target.files.map(({ path }) => pathFromUri(path));
      const { session } = await start({
        tables: { words: { sql: engine.scan(contentOf(target)), files } },
        fileLists: {},
      });
      const read = `SELECT * FROM ${engine.inputRelation('words')}`;
      expect(await session.run(statement(read))).toEqual({ rows: 2 });
      const steal = session.run(statement(`SELECT * FROM read_csv('${secret}')`));
      await expect(steal).rejects.toBeInstanceOf(StatementError);
      await expect(steal).rejects.not.toThrow(root);
    });

    test('a mistake in a statement has its place, and the session stays usable', async () => {
      const { session } = await start();
      const failed = session.run(statement('SELECT\n  nope'));
      await expect(failed).rejects.toMatchObject({
        name: 'StatementError',
        failure: { code: 'sql_error', line: 2, column: 3 },
      });
      expect(await session.run(statement('SELECT 1'))).toEqual({ rows: 1 });
    });

    test('nothing that the author made stands for the table under test', async () => {
      if (!engine.capabilities.manyStatements) return;
      const target = committed(NEW_TABLE, await stage(BEFORE));
      const files = target.files.map(({ path }) => pathFromUri(path));
      const { session } = await start({ ...NO_INPUTS, files });
      await session.run(statement("CREATE TEMP TABLE words AS SELECT 9 AS id, 'forged' AS word"));
      await session.showTested('words', engine.scan(contentOf(target)));
      expect(await session.testedColumns('words')).toEqual(['id', 'word']);
      expect(await session.countRows(engine.scan(contentOf(target)))).toBe(2);
      for (const lane of await session.testLanes()) {
        const test = `SELECT word FROM ${engine.testedRelation('words')} ORDER BY id`;
        const answer = await lane.query(statement(test), { limit: 1 });
        expect(answer).toMatchObject({ rows: [['a']], rowCount: 2 });
      }
    });

    test('a test that takes longer than its time ends, and its lane stays usable', async () => {
      const { session } = await start(NO_INPUTS, { lanes: 2 });
      const [lane] = await session.testLanes();
      const late = lane.query(statement(ENDLESS), { limit: 1, timeoutMs: 300 });
      await expect(late).rejects.toMatchObject({ failure: { code: 'timed_out' } });
      const next = await lane.query(statement('SELECT 1 AS n'), { limit: 1 });
      expect(next).toMatchObject({ rowCount: 1 });
    });

    test('a long statement reports its progress, and an interrupt ends it', async () => {
      if (!engine.capabilities.manyStatements) return;
      let reports = 0;
      const session = (
        await start(NO_INPUTS, {
          onProgress: () => {
            reports += 1;
            if (reports === 1) session.interrupt();
          },
        })
      ).session;
      await session.run(
        statement('CREATE TEMP TABLE many AS SELECT range AS n FROM range(5000000)'),
      );
      // A scan: the progress of a join without keys is not known.
      const long = `SELECT max(${'md5('.repeat(8)}n::VARCHAR${')'.repeat(8)}) FROM many`;
      await expect(session.run(statement(long))).rejects.toBeInstanceOf(InterruptedError);
      expect(reports).toBeGreaterThan(0);
      await expect(session.run(statement('SELECT 1'))).rejects.toBeInstanceOf(InterruptedError);
    });
  });

  describe('published tables', () => {
    test('a query names its tables before it is bound, and its answer has a limit', async () => {
      const target = committed(NEW_TABLE, await stage(BEFORE));
      const query = 'SELECT t.id FROM lab.silver.t, other.gold.x, y';
      expect(await engine.findTableNames(statement(query))).toEqual(
        expect.arrayContaining([
          { catalog: 'lab', schema: 'silver', table: 't' },
          { catalog: 'other', schema: 'gold', table: 'x' },
          { catalog: undefined, schema: undefined, table: 'y' },
        ]),
      );
      const scan = engine.scan(contentOf(target));
      const answer = await ask('SELECT id FROM lab.silver.t ORDER BY id', scan, target.files, 1);
      expect(answer).toMatchObject({ columns: [{ name: 'id' }], rows: [[1]], truncated: true });
      const change = ask('DELETE FROM lab.silver.t', scan, target.files);
      await expect(change).rejects.toBeInstanceOf(StatementError);
    });

    test('the greatest value is a literal that the next statement can compare with', async () => {
      const target = committed(
        NEW_TABLE,
        await stage("SELECT DATE '2026-02-03' AS day, NULL::INT AS n"),
      );
      const content = contentOf(target);
      const options = { ...limits(), stagingDir: root };
      const literal = await engine.greatestValue({ content, column: 'day' }, options);
      const { session } = await start();
      const compare = statement(`SELECT 1 WHERE ${literal} = DATE '2026-02-03'`);
      expect(await session.run(compare)).toEqual({ rows: 1 });
      expect(await engine.greatestValue({ content, column: 'n' }, options)).toBeUndefined();
    });

    test('a rewrite makes fewer files with the same rows', async () => {
      const config: PipelineConfig = { merge_strategy: 'append_only' };
      let target = committed(NEW_TABLE, await stage(BEFORE, { config }));
      target = committed(target, await stage(RESULT, { config, target }));
      expect(target.files).toHaveLength(2);
      const stagingDir = join(root, 'rewritten');
      await mkdir(stagingDir);
      const files = await engine.rewrite({
        content: contentOf(target),
        spec: UNPARTITIONED,
        partition: {},
        stagingDir,
        targetFileMb: 16,
        ...limits(),
      });
      expect(files).toHaveLength(1);
      const rewritten = files.map((file) => ({ ...file, sequenceNumber: 9 }));
      expect(await wordsOf({ ...target, files: rewritten })).toEqual(await wordsOf(target));
    });
  });
}
