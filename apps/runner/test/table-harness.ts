import type { StagedFiles } from '@rat/engine';
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ExecuteCommand, PipelineConfig, QualityTest } from '@rat/contracts';
import type { Failure } from '@rat/domain';
import { duckdbEngine } from '@rat/engine-duckdb';
import { openSession } from '@rat/engine-duckdb/testing';
import { tableScanSql } from '@rat/engine-duckdb/table-sql';
import {
  publishRunBranch,
  readMainBranch,
  stageChange,
  type LiveFile,
  type NextState,
  type StagedState,
  type TableMetadata,
  type TableState,
} from '@rat/iceberg';
import { LocalTableFiles, pathFromUri } from '@rat/storage';
import { executeRun } from '../src/execution/execute-run.ts';

/** One execution of a pipeline, from its template to what readers of main see. */
export interface RunOptions {
  sql: string;
  config?: PipelineConfig;
  qualityTests?: QualityTest[];
  /** ISO 8601. */
  startedAt?: string;
  fullRefresh?: boolean;
}

/** A published run: the child's outcome, and the table afterwards. */
export interface PublishedRun extends StagedFiles {
  rowsTotal: number;
  snapshotId: bigint;
}

/** Tests need no protection from power cuts, and syncing takes most of a small commit's time. */
class HastyTableFiles extends LocalTableFiles {
  override async writeNew(uri: string, bytes: Uint8Array): Promise<void> {
    const path = pathFromUri(uri);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes, { flag: 'wx' });
  }
}

/**
 * A table for tests, and its runs. A run passes through the executor, is staged and published as in
 * a runner. A variable holds the table's current state in place of the catalog.
 */
export class TableHarness {
  readonly #root: string;
  readonly #files: LocalTableFiles;
  #current: TableState | undefined;
  #runs = 0;

  constructor(root: string) {
    this.#root = root;
    this.#files = new HastyTableFiles(root);
  }

  /** Publishes one run, or throws its failure. */
  async run(options: RunOptions): Promise<PublishedRun> {
    const runId = randomUUID();
    let staged: StagedState | undefined;
    const command = await this.#command(runId, options);
    const outcome = await executeRun(
      duckdbEngine,
      command,
      {
        onLog: () => undefined,
        onPhase: () => undefined,
        onQuality: () => undefined,
        onDefect: (error) => {
          throw error;
        },
        resolveInputs: async () => ({
          type: 'inputs',
          tables: { 'shop.silver.orders': await this.scan() },
          landingZones: {},
        }),
        syncFiles: () => Promise.resolve(),
        onStaged: async (result) => {
          if (result.form !== 'files') throw new Error('DuckDB stages files');
          staged = await stageChange(this.#files, {
            tableUri: command.tableUri,
            current: this.#current,
            runId,
            added: result.files,
            removed: result.removed === 'all' ? 'all' : new Set(result.removed),
            schema: result.schema,
            spec: result.spec,
            maxBranchAgeMs: 1_000_000,
            nowMs: Date.now(),
          });
          return { type: 'audit' };
        },
      },
      new AbortController().signal,
    );
    if (outcome.kind === 'failed') throw new FailedRun(outcome.failure);
    if (outcome.kind !== 'finished' || outcome.form !== 'files' || staged === undefined) {
      throw new Error('no result');
    }
    const next: NextState = await publishRunBranch(this.#files, staged, {
      runId,
      nowMs: Date.now(),
    });
    this.#current = next;
    return { ...outcome, rowsTotal: staged.rowsTotal, snapshotId: staged.snapshotId };
  }

  /** The table's metadata, and the files of main. */
  async look(): Promise<{ metadata: TableMetadata; files: LiveFile[] }> {
    const main = this.#current && (await readMainBranch(this.#files, this.#current));
    if (main === undefined || this.#current === undefined) throw new Error('nothing was published');
    return { metadata: this.#current.metadata, files: main.files };
  }

  /** What a reader of main reads. */
  async scan(): Promise<{ sql: string; files: string[]; columns: string[] }> {
    const main = this.#current && (await readMainBranch(this.#files, this.#current));
    if (main === undefined) throw new Error('nothing was published');
    const columns = main.schema.fields.map(({ name }) => name);
    const paths = main.files.map((file) => pathFromUri(file.path));
    return { sql: tableScanSql(main), files: paths, columns };
  }

  /** The answer to a query in which `t` is main. */
  async rows(select: string): Promise<(string | null)[][]> {
    const { sql, files } = await this.scan();
    const session = await openSession({
      inputs: { tables: {}, fileLists: {}, files },
      stagingDir: this.#root,
      tempDir: join(this.#root, 'temp'),
      memoryLimitMb: 128,
      tempLimitMb: 64,
      threads: 1,
    });
    try {
      await session.showView('t', sql);
      return await session.execute(select);
    } finally {
      await session.close();
    }
  }

  async #command(runId: string, options: RunOptions): Promise<ExecuteCommand> {
    const main = this.#current && (await readMainBranch(this.#files, this.#current));
    const folder = `run_${++this.#runs}`;
    return {
      type: 'execute',
      auditOnly: false,
      runId,
      attempt: 1,
      pipeline: { namespace: 'shop', layer: 'silver', name: 'orders' },
      sql: options.sql,
      config: options.config ?? {},
      qualityTests: options.qualityTests ?? [],
      targetExists: main !== undefined && options.fullRefresh !== true,
      fullRefresh: options.fullRefresh ?? false,
      ...(main === undefined || this.#current === undefined
        ? {}
        : {
            // The runner also serialises the target, to send it to the child.
            target: JSON.parse(
              JSON.stringify({
                schema: main.schema,
                lastColumnId: this.#current.metadata['last-column-id'],
                specs: this.#current.metadata['partition-specs'],
                lastPartitionId: this.#current.metadata['last-partition-id'],
                files: main.files,
              }),
            ) as ExecuteCommand['target'],
          }),
      tableUri: this.#files.uri('orders'),
      runStartedAt: options.startedAt ?? '2026-07-01T10:00:00.000Z',
      profiles: false,
      stagingDir: join(this.#root, 'orders', 'data', folder),
      tempDir: join(this.#root, 'temp'),
      memoryLimitMb: 128,
      tempLimitMb: 128,
      threads: 1,
      targetFileMb: 16,
    };
  }
}

/** Thrown when a run fails; holds the run's failure. */
export class FailedRun extends Error {
  override readonly name = 'FailedRun';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}
