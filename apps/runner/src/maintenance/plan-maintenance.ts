import type { MaintenanceReport } from '@rat/contracts';
import { formatRef, NotFoundError, type PipelineRef } from '@rat/domain';
import {
  countManifests,
  findOrphans,
  MANIFESTS_WORTH_JOINING,
  planCompaction,
  planExpiry,
  readMainBranch,
  type CompactionGroup,
  type TableState,
} from '@rat/iceberg';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { findCurrentTable } from '../table-commit/current-table.ts';
import { withTableName } from '../table-commit/with-table-name.ts';
import { expiryOptions, foreignFileTest } from './maintenance-facts.ts';

/**
 * The least age of an orphan. Longer than any writer takes from writing a file to naming it in a
 * version.
 */
export const ORPHAN_AGE_MS = 3 * 86_400_000;

const MB = 1024 * 1024;

/** The most that one maintenance rewrites, so that it ends in time; the next one continues. */
const COMPACTED_AT_ONCE_BYTES = 8 * 1024 * MB;

type PlanDeps = Pick<AttemptDeps, 'db' | 'tables' | 'limits'>;

/** Plans what maintenance would do to a table now, and writes nothing. Throws NotFoundError. */
export function planMaintenance(
  deps: PlanDeps,
  table: PipelineRef,
  keepMs: number,
): Promise<MaintenanceReport> {
  return withTableName(table, () => makePlan(deps, table, keepMs));
}

async function makePlan(
  deps: PlanDeps,
  table: PipelineRef,
  keepMs: number,
): Promise<MaintenanceReport> {
  const current = await findCurrentTable(deps, table);
  if (current === undefined) throw new NotFoundError(`table ${formatRef(table)} does not exist`);
  const expiry = planExpiry(
    current.metadata,
    await expiryOptions(deps, table, current.metadata, keepMs),
  );
  const groups = await compactionGroups(deps, current);
  const manifests = await countManifests(deps.tables, current);
  const orphans = await findOrphans(deps.tables, current, {
    olderThanMs: Date.now() - ORPHAN_AGE_MS,
    isStaging: await foreignFileTest(deps, table),
  });
  return {
    ...table,
    snapshots_expired: expiry.snapshots,
    branches_dropped: expiry.refs,
    files_compacted: groups.reduce((sum, group) => sum + group.files.length, 0),
    compaction_groups: groups.length,
    manifests_joined: manifests >= MANIFESTS_WORTH_JOINING ? manifests : 0,
    orphans_removed: orphans.length,
    orphan_bytes: orphans.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Groups the small files of main that are worth compacting. */
export async function compactionGroups(
  deps: Pick<AttemptDeps, 'tables' | 'limits'>,
  current: TableState,
): Promise<CompactionGroup[]> {
  const main = await readMainBranch(deps.tables, current);
  if (main === undefined) return [];
  const groups = planCompaction(main.files, {
    targetBytes: deps.limits.targetFileMb * MB,
    specId: current.metadata['default-spec-id'],
  });
  const chosen: CompactionGroup[] = [];
  let bytes = 0;
  for (const group of groups) {
    bytes += group.bytes;
    if (bytes > COMPACTED_AT_ONCE_BYTES) break;
    chosen.push(group);
  }
  return chosen;
}
