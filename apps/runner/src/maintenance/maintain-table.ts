import { rm } from 'node:fs/promises';
import type { MaintenanceReport } from '@rat/contracts';
import { ConflictError, type Failure, type PipelineRef } from '@rat/domain';
import {
  countManifests,
  discardState,
  expireTable,
  findOrphans,
  MANIFESTS_WORTH_JOINING,
  readMainBranch,
  removeUnreachable,
  replaceFiles,
  type NextState,
  type TableState,
} from '@rat/lakehouse';
import { noteExpiredQuarantines, type PointerMove } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { findCurrentTable } from '../table-commit/current-table.ts';
import { pauseBeforeRetry } from '../table-commit/pause-before-retry.ts';
import { withTableName } from '../table-commit/with-table-name.ts';
import { deleteExpiredMetadata } from '../table-commit/delete-expired-metadata.ts';
import { compactFiles } from './compact-files.ts';
import { expiryOptions, runOfBranch, stagingTest } from './maintenance-facts.ts';
import { compactionGroups, ORPHAN_AGE_MS } from './plan-maintenance.ts';

type MaintainDeps = Pick<AttemptDeps, 'db' | 'tables' | 'warehouse' | 'limits' | 'log'> &
  Partial<Pick<AttemptDeps, 'children'>>;

export interface MaintainOptions {
  table: PipelineRef;
  /** How long a version can be read after it ceased to be main's. */
  keepMs: number;
  /** How long a file that no version names is left alone; ORPHAN_AGE_MS where not said. */
  orphanAgeMs?: number;
  /** A folder of this work alone, absolute. */
  tempDir: string;
  /** Moves the pointer, under the fence of whoever does the work. */
  commit: (move: PointerMove) => Promise<'committed' | 'conflict' | 'fenced'>;
  signal: AbortSignal;
}

/** Ends the work: it is somebody else's now, or nobody's. */
export class MaintenanceFencedError extends Error {
  override readonly name = 'MaintenanceFencedError';
}

const TRIES = 10;

/**
 * Keeps a table small: drops versions and branches that nobody reads any more, joins small files and manifests, and
 * removes what crashes left. No step changes a row, each is complete by itself, and whoever dies in between leaves only
 * what the next maintenance removes. Throws MaintenanceFencedError, or what the signal aborts with.
 */
export async function maintainTable(
  deps: MaintainDeps,
  options: MaintainOptions,
): Promise<MaintenanceReport | Failure> {
  const { table, signal } = options;
  await refuseUnreadable(deps, table);
  const expired = await expire(deps, options);
  signal.throwIfAborted();
  const compacted = await compact(deps, options);
  if ('code' in compacted) return compacted;
  signal.throwIfAborted();
  const joined = await joinManifests(deps, options);
  signal.throwIfAborted();
  const orphans = await removeOrphans(deps, table, options.orphanAgeMs ?? ORPHAN_AGE_MS);
  return { ...table, ...expired, ...compacted, manifests_joined: joined, ...orphans };
}

/** A table that lost a file is left as it is: what looks like an orphan may be all that is left to restore it from. */
async function refuseUnreadable(deps: MaintainDeps, table: PipelineRef): Promise<void> {
  const current = await findCurrentTable(deps, table);
  if (current === undefined) return;
  await withTableName(table, () => readMainBranch(deps.tables, current));
}

type Expired = Pick<MaintenanceReport, 'snapshots_expired' | 'branches_dropped'>;

async function expire(deps: MaintainDeps, options: MaintainOptions): Promise<Expired> {
  const { table, keepMs } = options;
  const done: Expired = { snapshots_expired: 0, branches_dropped: [] };
  await change(deps, options, async (current) => {
    const facts = await expiryOptions(deps, table, current.metadata, keepMs);
    const next = await expireTable(deps.tables, current, facts);
    // Noted first: a branch that a crash then leaves is one that nobody may publish, and goes next time.
    const ended = next?.refs.flatMap((name) => runOfBranch(name) ?? []) ?? [];
    await noteExpiredQuarantines(deps.db, ended);
    return (
      next && {
        next,
        whenCommitted: async () => {
          done.snapshots_expired = next.snapshots;
          done.branches_dropped = next.refs;
          await removeUnreachable(deps.tables, current.metadata, next.metadata);
        },
      }
    );
  });
  return done;
}

type Compacted = Pick<MaintenanceReport, 'files_compacted' | 'compaction_groups'>;

/** Files that a concurrent writer replaces meanwhile make the work void: it is done again by the next maintenance. */
async function compact(deps: MaintainDeps, options: MaintainOptions): Promise<Compacted | Failure> {
  const nothing: Compacted = { files_compacted: 0, compaction_groups: 0 };
  const current = await findCurrentTable(deps, options.table);
  const main = current && (await readMainBranch(deps.tables, current));
  if (current === undefined || main === undefined) return nothing;
  const groups = await compactionGroups(deps, current);
  if (groups.length === 0) return nothing;
  const spec = current.metadata['partition-specs'].find(
    (one) => one['spec-id'] === current.metadata['default-spec-id'],
  );
  const { memoryLimitMb, tempLimitMb, threads, targetFileMb } = deps.limits;
  const { tempDir } = options;
  const stagingDir = await deps.warehouse.compactionDir(options.table);
  const written = await compactFiles(
    {
      type: 'compact',
      schema: main.schema,
      spec,
      groups: groups.map(({ partition, files }) => ({ partition, files })),
      stagingDir,
      tempDir,
      memoryLimitMb,
      tempLimitMb,
      threads,
      targetFileMb,
    },
    deps,
    options.signal,
  );
  if (!Array.isArray(written)) {
    await removeFolder(stagingDir);
    return written;
  }
  const removed = new Set(groups.flatMap(({ files }) => files.map(({ path }) => path)));
  try {
    await change(deps, options, async (now) => {
      await refuseDeletes(deps, now);
      const added = written.flat();
      return { next: await replaceFiles(deps.tables, now, { added, removed, nowMs: Date.now() }) };
    });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    await removeFolder(stagingDir);
    return nothing;
  }
  return { files_compacted: removed.size, compaction_groups: groups.length };
}

/** Of files that are not part of the table: whether they are is known here. */
function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

/** A foreign writer's deletes that came meanwhile speak of the old files: their rows would come back. */
async function refuseDeletes(deps: MaintainDeps, current: TableState): Promise<void> {
  const main = await readMainBranch(deps.tables, current);
  if (main?.files.some((file) => file.content !== 'data') === true) {
    throw new ConflictError('rows of the table were deleted meanwhile');
  }
}

/** Answers how many manifests there were, when they were joined. */
async function joinManifests(deps: MaintainDeps, options: MaintainOptions): Promise<number> {
  let joined = 0;
  await change(deps, options, async (current) => {
    joined = await countManifests(deps.tables, current);
    if (joined < MANIFESTS_WORTH_JOINING) {
      joined = 0;
      return undefined;
    }
    const nothing = { added: [], removed: new Set<string>(), nowMs: Date.now() };
    return { next: await replaceFiles(deps.tables, current, nothing) };
  });
  return joined;
}

type Orphans = Pick<MaintenanceReport, 'orphans_removed' | 'orphan_bytes'>;

async function removeOrphans(
  deps: MaintainDeps,
  table: PipelineRef,
  ageMs: number,
): Promise<Orphans> {
  const isStaging = await stagingTest(deps, table);
  const current = await findCurrentTable(deps, table);
  if (current === undefined) return { orphans_removed: 0, orphan_bytes: 0 };
  const olderThanMs = Date.now() - ageMs;
  const orphans = await findOrphans(deps.tables, current, { olderThanMs, isStaging });
  for (const { uri } of orphans) await deps.tables.remove(uri);
  return {
    orphans_removed: orphans.length,
    orphan_bytes: orphans.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Commits what `make` makes of the current version, anew when another writer was faster; undefined: nothing to do. */
async function change(
  deps: MaintainDeps,
  { table, commit }: MaintainOptions,
  make: (
    current: TableState,
  ) => Promise<{ next: NextState; whenCommitted?: () => Promise<void> } | undefined>,
): Promise<void> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const current = await findCurrentTable(deps, table);
    if (current === undefined) return;
    const made = await make(current);
    if (made === undefined) return;
    const { next, whenCommitted } = made;
    const answer = await commit({ table, expected: current.location, next: next.location });
    if (answer === 'committed') {
      await whenCommitted?.();
      await deleteExpiredMetadata(deps, next);
      return;
    }
    await discardState(deps.tables, next);
    if (answer === 'fenced') throw new MaintenanceFencedError('the work belongs to nobody now');
    await pauseBeforeRetry(tries);
  }
  throw new ConflictError('other writers kept moving the table');
}
