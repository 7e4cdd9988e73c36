import type { PipelineRef } from '@rat/domain';
import {
  namedFiles,
  readTableState,
  TableFormatError,
  type ExpireTableOptions,
  type TableMetadata,
} from '@rat/iceberg';
import {
  listKeptDrops,
  listReadSnapshots,
  listRunsWithoutBranch,
  listUnfinishedRuns,
  longestRunningMs,
} from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';

const RUN_BRANCH = /^run_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

/** Returns the run of a branch; undefined for other branches. */
export function runOfBranch(name: string): string | undefined {
  return RUN_BRANCH.exec(name)?.slice(1).join('-');
}

/** Collects which snapshots the runs still need, and which branches are dead. */
export async function expiryOptions(
  deps: Pick<AttemptDeps, 'db'>,
  table: PipelineRef,
  metadata: TableMetadata,
  keepMs: number,
): Promise<ExpireTableOptions> {
  const branches = new Map<string, string>();
  for (const name of Object.keys(metadata.refs)) {
    const runId = runOfBranch(name);
    if (runId !== undefined) branches.set(runId, name);
  }
  const [longest, dead, read] = await Promise.all([
    longestRunningMs(deps.db),
    listRunsWithoutBranch(deps.db, [...branches.keys()]),
    listReadSnapshots(deps.db, table, keepMs),
  ]);
  return {
    // A run reads the main of its start, so no version may expire before the longest run ends.
    keepMs: Math.max(keepMs, longest),
    keep: new Set(read.map(BigInt)),
    deadBranches: [...dead].flatMap((id) => branches.get(id) ?? []),
    nowMs: Date.now(),
  };
}

/**
 * Returns a test for files that are no orphans although no version of the table names them: those
 * of an unfinished run, and those of a dropped table of the same name that can be restored. A new
 * table lies in the folder of the old one. Every file counts as one of those when the old table
 * cannot be read, because any of them may be what is left of it.
 */
export async function foreignFileTest(
  deps: Pick<AttemptDeps, 'db' | 'tables'>,
  table: PipelineRef,
): Promise<(uri: string) => boolean> {
  const isStaging = await stagingTest(deps, table);
  try {
    const kept = await filesOfDrops(deps, table);
    return (uri) => kept.has(uri) || isStaging(uri);
  } catch (error) {
    if (!(error instanceof TableFormatError)) throw error;
    return () => true;
  }
}

/** The files of all dropped tables of this name that can be restored. Throws TableFormatError. */
export async function filesOfDrops(
  deps: Pick<AttemptDeps, 'db' | 'tables'>,
  table: PipelineRef,
): Promise<Set<string>> {
  const kept = new Set<string>();
  for (const { location } of await listKeptDrops(deps.db, table)) {
    const state = await readTableState(deps.tables, location);
    for (const uri of await namedFiles(deps.tables, state)) kept.add(uri);
  }
  return kept;
}

/** Returns a test for files that belong to an unfinished run. */
export async function stagingTest(
  deps: Pick<AttemptDeps, 'db'>,
  table: PipelineRef,
): Promise<(uri: string) => boolean> {
  const unfinished = await listUnfinishedRuns(deps.db, table);
  const folders = unfinished.map((id) => `/data/run_${id.replaceAll('-', '')}_`);
  return (uri) => folders.some((folder) => uri.includes(folder));
}
