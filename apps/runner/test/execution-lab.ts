import type { StagedFiles, TableEngine } from '@rat/engine';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecuteCommand, ExecutorLog, ExecutorPhase, QualityTest } from '@rat/contracts';
import type { Failure, QualityResult } from '@rat/domain';
import { duckdbEngine } from '@rat/engine-duckdb';
import { tableScanSql } from '@rat/engine-duckdb/table-sql';
import { UNPARTITIONED } from '@rat/iceberg';
import { pathFromUri } from '@rat/storage';
import { executeCommand } from './execute-command.ts';
import { executeRun } from '../src/execution/execute-run.ts';
import type { ResolvedInputs, WantedInputs } from '../src/executor-protocol/execution-host.ts';
import type { AuditAnswer } from '../src/executor-protocol/executor-outcome.ts';

/** One execution after the other in this process, with what each reported to its parent. */
export class ExecutionLab {
  root = '';
  lines: ExecutorLog[] = [];
  marks: ExecutorPhase[] = [];
  results: QualityResult[] = [];
  defects: unknown[] = [];
  staged: StagedFiles[] = [];
  engine: TableEngine = duckdbEngine;
  /** URIs, in the order in which they became durable. */
  synced: string[] = [];
  /** The runner's answer to the staged result. */
  audit: () => Promise<AuditAnswer> = () => Promise.resolve({ type: 'audit' });
  /** Called with each phase mark, `name status`. */
  onMark: (mark: string) => void = () => undefined;

  /** Creates the folder of one test. Use a lab of its own for each test. */
  static async open(): Promise<ExecutionLab> {
    const lab = new ExecutionLab();
    lab.root = await mkdtemp(join(tmpdir(), 'rat-execute-'));
    return lab;
  }

  async close(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }

  execute(
    overrides: Partial<ExecuteCommand>,
    resolveInputs: (wanted: WantedInputs) => Promise<ResolvedInputs> = nothingWanted,
    signal: AbortSignal = new AbortController().signal,
  ) {
    return executeRun(
      this.engine,
      executeCommand(this.root, overrides),
      {
        onLog: (line) => void this.lines.push(line),
        onPhase: (mark) => {
          this.marks.push(mark);
          this.onMark(`${mark.name} ${mark.status}`);
        },
        onQuality: ({ result }) => void this.results.push(result),
        onDefect: (error) => void this.defects.push(error),
        resolveInputs,
        syncFiles: async (uris) => void this.synced.push(...uris),
        onStaged: (result) => {
          if (result.form !== 'files') throw new Error('DuckDB stages files');
          this.staged.push(result);
          return this.audit();
        },
      },
      signal,
    );
  }

  /** The table that the last execution would have become, as an input. */
  lastStaged(): { sql: string; files: string[] } {
    const result = this.staged.at(-1);
    if (!result) throw new Error('nothing was staged');
    const files = result.files.map((file) => ({ ...file, sequenceNumber: 1 }));
    return {
      sql: tableScanSql({ schema: result.schema, files }),
      files: files.map((file) => pathFromUri(file.path)),
    };
  }

  async failureOf(...args: Parameters<ExecutionLab['execute']>): Promise<Failure> {
    const outcome = await this.execute(...args);
    if (outcome.kind !== 'failed') throw new Error(`the run ${outcome.kind}`);
    return outcome.failure;
  }

  messages(): string[] {
    return this.lines.map((line) => line.message);
  }

  /** The phases that ended, as `name status`. */
  ended(): string[] {
    const ends = this.marks.filter((mark) => mark.status !== 'started');
    return ends.map((mark) => `${mark.name} ${mark.status}`);
  }
}

export const nothingWanted = (): Promise<ResolvedInputs> =>
  Promise.reject(new Error('nothing was wanted'));

/** A table without rows that has the columns of the staged result. */
export function targetAfter(before: StagedFiles | undefined): ExecuteCommand['target'] {
  const { schema, lastColumnId = 0 } = before ?? {};
  return { schema, lastColumnId, specs: [UNPARTITIONED], lastPartitionId: 999, files: [] };
}

export function check(sql: string, rest: Partial<QualityTest> = {}): QualityTest {
  return { name: 'check', sql, severity: 'error', ...rest };
}
