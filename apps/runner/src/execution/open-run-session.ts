import type { ExecuteCommand, InputsAnswer } from '@rat/contracts';
import { mergeConfig } from '@rat/contracts/children';
import { comparesRows, type Failure } from '@rat/domain';
import { StatementError, type EngineSession, type TableEngine } from '@rat/engine';
import { landingZoneVariable } from '@rat/pipelines';
import { pathFromUri } from '@rat/storage';
import { inputsFolder, spillFolder } from '../executor-protocol/attempt-folders.ts';
import type { RunReporter } from '../executor-protocol/run-reporter.ts';
import { changeTarget, targetAsItIs } from './change-request.ts';
import { emptyZoneInputs } from './empty-zones.ts';
import { makeFolders } from './make-folders.ts';

/** More lanes would only wait: each query occupies one of Node's four worker threads. */
const LANES_MAX = 4;

/** What one run reads. */
export interface OpeningFacts {
  inputs: InputsAnswer;
  /** Names of tables and zones that only quality tests read. */
  testsOnly: readonly string[];
  /** The number of quality tests. */
  tests: number;
  /** Whether the target's files are read also where a full refresh replaces them. */
  compares?: boolean;
  reporter: RunReporter;
}

/**
 * Opens the sandboxed session of one run. It may read its inputs and the target's files, and write
 * into its two folders.
 */
export async function openRunSession(
  engine: TableEngine,
  command: ExecuteCommand,
  opening: OpeningFacts,
): Promise<EngineSession> {
  const { inputs, testsOnly, tests, compares = false, reporter } = opening;
  const spill = spillFolder(command.tempDir);
  makeFolders(command.stagingDir, spill);
  const zones = Object.keys(inputs.landingZones);
  const folder = zones.length === 0 ? {} : { folder: inputsFolder(command.tempDir) };
  const fileLists = Object.entries(inputs.landingZones).map(([zone, files]) => [
    landingZoneVariable(zone),
    files,
  ]);
  const target = compares ? targetAsItIs(command) : changeTarget(command);
  const own = [...target.files, ...target.deletes].map((file) => pathFromUri(file.path));
  // Tables that only tests read get their views when the tests run: a broken one must not stop the
  // run earlier.
  const isOfTests = ([name]: [string, unknown]): boolean => testsOnly.includes(name);
  const tables = Object.entries(inputs.tables);
  const files = [...own, ...tables.filter(isOfTests).flatMap(([, { files }]) => files)];
  const shown = {
    ...Object.fromEntries(tables.filter((table) => !isOfTests(table))),
    ...emptyZoneInputs(engine, inputs),
  };
  if (folder.folder !== undefined) makeFolders(folder.folder);
  return engine.open({
    inputs: { tables: shown, fileLists: Object.fromEntries(fileLists), files, ...folder },
    keepsOrder: comparesRows(mergeConfig(command.config).strategy),
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
  session: EngineSession,
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
