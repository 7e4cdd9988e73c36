import type { RunnerResponse } from '@rat/contracts';
import { formatRef, type PipelineRef } from '@rat/domain';
import { withCompactedCopies } from '@rat/iceberg';
import { coerceError } from '@rat/runtime';
import { listReaders, type Reader, type TableVersions } from '@rat/store';
import { findCurrentTable } from '../table-commit/current-table.ts';
import type { RunnerApiDeps } from './runner-api-deps.ts';

/** Tainted runs as the API returns them. */
export function presentTainted(tainted: readonly Reader[]): TaintedRuns {
  return tainted.map(({ runId, table: { namespace, layer, name } }) => ({
    run_id: runId,
    namespace,
    layer,
    pipeline: name,
  }));
}

type TaintedRuns = RunnerResponse<'revert-run'>['tainted_runs'];

/** The longest list that a person can work through by hand. */
const TAINTED_MAX = 1_000;

type TaintDeps = Pick<RunnerApiDeps, 'db' | 'tables' | 'log'>;

/**
 * Finds the runs that read what a run published, directly or through other runs. Nearer readers are
 * listed first, and among these the oldest first. A reader's inputs name the published version, or
 * the one that compaction put in its place. Running readers are included.
 */
export async function findTaintedRuns(
  deps: TaintDeps,
  published: { runId: string; table: PipelineRef; snapshotId: string },
): Promise<Reader[]> {
  const tainted = new Map<string, Reader>();
  let next: Reader[] = [published];
  // The loop ends: every turn but the last finds a run that no earlier turn found.
  while (next.length > 0 && tainted.size < TAINTED_MAX) {
    const readers = await listReaders(deps.db, await sameVersions(deps, next), TAINTED_MAX);
    next = readers.filter(({ runId }) => runId !== published.runId && !tainted.has(runId));
    for (const reader of next) tainted.set(reader.runId, reader);
  }
  return [...tainted.values()].slice(0, TAINTED_MAX);
}

/**
 * Returns the versions that these runs published, by table, with the versions that hold the same
 * rows.
 */
async function sameVersions(deps: TaintDeps, runs: readonly Reader[]): Promise<TableVersions[]> {
  const byTable = new Map<string, { table: PipelineRef; snapshotIds: string[] }>();
  for (const { table, snapshotId } of runs) {
    if (snapshotId === undefined) continue;
    const versions = byTable.get(formatRef(table)) ?? { table, snapshotIds: [] };
    versions.snapshotIds.push(snapshotId);
    byTable.set(formatRef(table), versions);
  }
  const all: TableVersions[] = [];
  for (const versions of byTable.values()) all.push(await addReplacements(deps, versions));
  return all;
}

/**
 * The revert is committed by now, so an unreadable table must not turn its answer into an error.
 */
async function addReplacements(deps: TaintDeps, versions: TableVersions): Promise<TableVersions> {
  const { table, snapshotIds } = versions;
  try {
    const current = await findCurrentTable(deps, table);
    if (current === undefined) return versions;
    const ids = withCompactedCopies(current.metadata, snapshotIds.map(BigInt));
    return { table, snapshotIds: ids.map(String) };
  } catch (error) {
    deps.log.warn({ err: coerceError(error), table: formatRef(table) }, 'table not readable');
    return versions;
  }
}
