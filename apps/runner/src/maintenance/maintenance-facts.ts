import type { PipelineRef } from '@rat/domain';
import type { ExpireTableOptions, TableMetadata } from '@rat/lakehouse';
import {
  listReadSnapshots,
  listRunsWithoutBranch,
  listUnfinishedRuns,
  longestRunningMs,
} from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';

const RUN_BRANCH = /^run_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

/** The run whose branch this is; undefined for others. */
export function runOfBranch(name: string): string | undefined {
  return RUN_BRANCH.exec(name)?.slice(1).join('-');
}

/** What must be kept of a table, and what nobody needs any more, as the runs have it now. */
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
    // A run reads what was main's when it began, however long ago that is.
    keepMs: Math.max(keepMs, longest),
    keep: new Set(read.map(BigInt)),
    deadBranches: [...dead].flatMap((id) => branches.get(id) ?? []),
    nowMs: Date.now(),
  };
}

/** Tells of a file that belongs to a run which has not ended. */
export async function stagingTest(
  deps: Pick<AttemptDeps, 'db'>,
  table: PipelineRef,
): Promise<(uri: string) => boolean> {
  const unfinished = await listUnfinishedRuns(deps.db, table);
  const folders = unfinished.map((id) => `/data/run_${id.replaceAll('-', '')}_`);
  return (uri) => folders.some((folder) => uri.includes(folder));
}
