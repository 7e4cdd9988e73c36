import { mkdir } from 'node:fs/promises';
import {
  mergeConfig,
  type ExecuteCommand,
  type InputsAnswer,
  type MergeStrategy,
} from '@rat/contracts';
import { openSession, type Session } from '@rat/engine';
import { pathFromUri, scanSql } from '@rat/lakehouse';
import { landingZoneVariable } from '@rat/pipelines';
import { mergeTarget } from './merge-target.ts';
import type { RunReporter } from './run-reporter.ts';

/** The strategies to which the order of the result's rows says which one wins; the others need no memory for it. */
const KEEPS_ORDER: Record<MergeStrategy, boolean> = {
  full_refresh: false,
  append_only: false,
  incremental: true,
  delete_insert: true,
  scd2: true,
  snapshot: true,
};

/** More would only wait: each query holds one of the four threads that Node has for such work. */
const LANES_MAX = 4;

/** The sandbox of one run: it may read its inputs and the target's files, and write into its two folders. */
export async function openRunSession(
  command: ExecuteCommand,
  { inputs, tests, reporter }: { inputs: InputsAnswer; tests: number; reporter: RunReporter },
): Promise<Session> {
  await mkdir(command.stagingDir, { recursive: true });
  await mkdir(command.tempDir, { recursive: true });
  const fileLists = Object.entries(inputs.landingZones).map(([zone, files]) => [
    landingZoneVariable(zone),
    files,
  ]);
  const target = mergeTarget(command);
  const files = [...target.files, ...target.deletes].map((file) => pathFromUri(file.path));
  return openSession({
    inputs: { tables: inputs.tables, fileLists: Object.fromEntries(fileLists), files },
    keepsOrder: KEEPS_ORDER[mergeConfig(command.config).strategy],
    stagingDir: command.stagingDir,
    tempDir: command.tempDir,
    memoryLimitMb: command.memoryLimitMb,
    tempLimitMb: command.tempLimitMb,
    threads: command.threads,
    lanes: Math.max(1, Math.min(command.threads, tests, LANES_MAX)),
    profiles: command.profiles,
    onProgress: (percent, rows) => reporter.progress(percent, rows),
  });
}

/** What the table was before this run; undefined when no run has published it. */
export function mainSql(command: ExecuteCommand): string | undefined {
  const { schema, files, deletes } = mergeTarget(command);
  return schema && scanSql({ schema, files, deletes });
}
