import { mkdir } from 'node:fs/promises';
import {
  mergeConfig,
  type ExecuteCommand,
  type InputsAnswer,
  type MergeStrategy,
} from '@rat/contracts';
import type { Failure } from '@rat/domain';
import { openSession, StatementError, type Session } from '@rat/engine-duckdb';
import { tableScanSql } from '@rat/iceberg';
import { pathFromUri } from '@rat/storage';
import { landingZoneVariable } from '@rat/pipelines';
import { inputsFolder, spillFolder } from '../executor-protocol/attempt-folders.ts';
import { mergeTarget } from './merge-target.ts';
import type { RunReporter } from '../executor-protocol/run-reporter.ts';

/** Whether the order of a result's rows decides which row wins. Keeping the order costs memory. */
const KEEPS_ORDER: Record<MergeStrategy, boolean> = {
  full_refresh: false,
  append_only: false,
  incremental: true,
  delete_insert: true,
  scd2: true,
  snapshot: true,
};

/** More lanes would only wait: each query occupies one of Node's four worker threads. */
const LANES_MAX = 4;

/** What one run reads. */
export interface OpeningFacts {
  inputs: InputsAnswer;
  /** Names of tables and zones that only quality tests read. */
  testsOnly: readonly string[];
  /** The number of quality tests. */
  tests: number;
  reporter: RunReporter;
}

/**
 * Opens the sandboxed session of one run. It may read its inputs and the target's files, and write
 * into its two folders.
 */
export async function openRunSession(
  command: ExecuteCommand,
  opening: OpeningFacts,
): Promise<Session> {
  const { inputs, testsOnly, tests, reporter } = opening;
  await mkdir(command.stagingDir, { recursive: true });
  const spill = spillFolder(command.tempDir);
  await mkdir(spill, { recursive: true });
  const zones = Object.keys(inputs.landingZones);
  const folder = zones.length === 0 ? {} : { folder: inputsFolder(command.tempDir) };
  const fileLists = Object.entries(inputs.landingZones).map(([zone, files]) => [
    landingZoneVariable(zone),
    files,
  ]);
  const target = mergeTarget(command);
  const own = [...target.files, ...target.deletes].map((file) => pathFromUri(file.path));
  // Tables that only tests read get their views when the tests run: a broken one must not stop the
  // run earlier.
  const isOfTests = ([name]: [string, unknown]): boolean => testsOnly.includes(name);
  const tables = Object.entries(inputs.tables);
  const files = [...own, ...tables.filter(isOfTests).flatMap(([, { files }]) => files)];
  const shown = Object.fromEntries(tables.filter((table) => !isOfTests(table)));
  if (folder.folder !== undefined) await mkdir(folder.folder, { recursive: true });
  return openSession({
    inputs: { tables: shown, fileLists: Object.fromEntries(fileLists), files, ...folder },
    keepsOrder: KEEPS_ORDER[mergeConfig(command.config).strategy],
    stagingDir: command.stagingDir,
    tempDir: spill,
    memoryLimitMb: command.memoryLimitMb,
    tempLimitMb: command.tempLimitMb,
    threads: command.threads,
    lanes: Math.max(1, Math.min(command.threads, tests, LANES_MAX)),
    profiles: command.profiles,
    onProgress: (percent, rows) => reporter.progress(percent, rows),
  });
}

/**
 * Creates the views of tables that only quality tests read. Returns the failure of each missing
 * input, by its name.
 */
export async function showTestInputs(
  session: Session,
  inputs: InputsAnswer,
  testsOnly: readonly string[],
): Promise<Record<string, Failure>> {
  const unavailable: Record<string, Failure> = { ...inputs.missing };
  for (const [name, { sql }] of Object.entries(inputs.tables)) {
    if (!testsOnly.includes(name)) continue;
    try {
      await session.showTested(name, sql);
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      unavailable[name] = error.failure;
    }
  }
  return unavailable;
}

/** A SELECT of the table before this run; undefined when no run has published it. */
export function mainBranchSql(command: ExecuteCommand): string | undefined {
  const { schema, files, deletes } = mergeTarget(command);
  return schema && tableScanSql({ schema, files, deletes });
}
