import { rm } from 'node:fs/promises';
import type { MaintenanceReport } from '@rat/contracts';
import { ConflictError, type Failure, type PipelineRef } from '@rat/domain';
import {
  countManifests,
  expireTable,
  findOrphans,
  MANIFESTS_WORTH_JOINING,
  readMainBranch,
  removeUnreachable,
  replaceFiles,
  type NextState,
  type TableState,
} from '@rat/iceberg';
import { noteExpiredQuarantines, type PointerMove } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { commitTable, fencedAnswer } from '../table-commit/commit-table.ts';
import { findCurrentTable } from '../table-commit/current-table.ts';
import { withTableName } from '../table-commit/with-table-name.ts';
import { compactFiles } from './compact-files.ts';
import { expiryOptions, foreignFileTest, runOfBranch } from './maintenance-facts.ts';
import { compactionGroups, ORPHAN_AGE_MS } from './plan-maintenance.ts';

type MaintainDeps = Pick<AttemptDeps, 'db' | 'tables' | 'warehouse' | 'limits' | 'log'> &
  Partial<Pick<AttemptDeps, 'children'>>;

export interface MaintainOptions {
  table: PipelineRef;
  /** How long readers may still read a version after main moved on. */
  keepMs: number;
  /** How old an unreferenced file must be to count as an orphan; by default ORPHAN_AGE_MS. */
  orphanAgeMs?: number;
  /** An absolute folder that only this maintenance uses. */
  tempDir: string;
  /** Moves the catalog pointer, fenced by the run's attempt. */
  commit: (move: PointerMove) => Promise<'committed' | 'conflict' | 'fenced'>;
  signal: AbortSignal;
}

/** The maintenance lost its fence: its attempt was overtaken, or a cancel was requested. */
export class MaintenanceFencedError extends Error {
  override readonly name = 'MaintenanceFencedError';
}

/**
 * Keeps a table small: expires old versions and dead branches, joins small files and manifests, and
 * removes files that crashes left. No step changes a row. Each step is complete by itself, so a crash
 * in between leaves only files that the next maintenance removes. Throws MaintenanceFencedError, or
 * the signal's reason after an abort.
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

/**
 * Throws for a table that lost a file. Maintenance must not touch it: its apparent orphans may be the
 * only files left to restore it from.
 */
async function refuseUnreadable(deps: MaintainDeps, table: PipelineRef): Promise<void> {
  const current = await findCurrentTable(deps, table);
  if (current === undefined) return;
  await withTableName(table, () => readMainBranch(deps.tables, current));
}

type Expired = Pick<MaintenanceReport, 'snapshots_expired' | 'branches_dropped'>;

async function expire(deps: MaintainDeps, options: MaintainOptions): Promise<Expired> {
  const { table, keepMs } = options;
  const expired = await change(deps, options, {
    build: async (current) => {
      const facts = await expiryOptions(deps, table, current.metadata, keepMs);
      const next = await expireTable(deps.tables, current, facts);
      // Before the commit: if a crash then leaves a branch, no run can publish it any more, and the
      // next maintenance drops it.
      const ended = next?.refs.flatMap((name) => runOfBranch(name) ?? []) ?? [];
      await noteExpiredQuarantines(deps.db, ended);
      return next;
    },
    afterCommit: async (next, before) => {
      await removeUnreachable(deps.tables, before.metadata, next.metadata);
    },
  });
  return { snapshots_expired: expired?.snapshots ?? 0, branches_dropped: expired?.refs ?? [] };
}

type Compacted = Pick<MaintenanceReport, 'files_compacted' | 'compaction_groups'>;

/**
 * Joins small files into larger ones. When another writer replaces one of these files during the
 * work, the result is discarded and the next maintenance tries again.
 */
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
    await removeUnusedFolder(stagingDir);
    return written;
  }
  const added = written.flat();
  const removed = new Set(groups.flatMap(({ files }) => files.map(({ path }) => path)));
  try {
    await change(deps, options, {
      build: async (now) => {
        await refuseDeletes(deps, now);
        return replaceFiles(deps.tables, now, { added, removed, nowMs: Date.now() });
      },
    });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    await removeUnusedFolder(stagingDir);
    return nothing;
  }
  return { files_compacted: removed.size, compaction_groups: groups.length };
}

/** Only for a folder whose files were not committed, so that no version of the table names them. */
function removeUnusedFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

/**
 * Throws when a foreign writer added delete files during the compaction. They name the old files, so
 * replacing those would bring the deleted rows back.
 */
async function refuseDeletes(deps: MaintainDeps, current: TableState): Promise<void> {
  const main = await readMainBranch(deps.tables, current);
  if (main?.files.some((file) => file.content !== 'data') === true) {
    throw new ConflictError('another writer deleted rows of the table during the compaction');
  }
}

/** Returns the number of manifests that were joined. */
async function joinManifests(deps: MaintainDeps, options: MaintainOptions): Promise<number> {
  let manifests = 0;
  const joined = await change(deps, options, {
    build: async (current) => {
      manifests = await countManifests(deps.tables, current);
      if (manifests < MANIFESTS_WORTH_JOINING) return undefined;
      const nothing = { added: [], removed: new Set<string>(), nowMs: Date.now() };
      return replaceFiles(deps.tables, current, nothing);
    },
  });
  return joined === undefined ? 0 : manifests;
}

type Orphans = Pick<MaintenanceReport, 'orphans_removed' | 'orphan_bytes'>;

async function removeOrphans(
  deps: MaintainDeps,
  table: PipelineRef,
  ageMs: number,
): Promise<Orphans> {
  const isStaging = await foreignFileTest(deps, table);
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

/**
 * Commits one step of the maintenance and returns the committed version. Returns undefined when
 * `build` does: the step has nothing to do. `build` runs again after another writer's commit.
 */
async function change<Next extends NextState>(
  deps: MaintainDeps,
  { table, commit }: MaintainOptions,
  step: {
    build: (current: TableState) => Promise<Next | undefined>;
    afterCommit?: (next: Next, before: TableState) => Promise<void>;
  },
): Promise<Next | undefined> {
  const result = await commitTable<TableState | undefined, Next, undefined, 'fenced' | 'unchanged'>(
    deps,
    {
      table,
      load: () => findCurrentTable(deps, table),
      build: async (current) => {
        const next = current && (await step.build(current));
        return next === undefined
          ? { kind: 'refused', refusal: 'unchanged' }
          : { kind: 'next', next };
      },
      commit: async (move) => fencedAnswer(await commit(move)),
      afterCommit: async (next, before) => {
        if (before !== undefined) await step.afterCommit?.(next, before);
      },
    },
  );
  switch (result.kind) {
    case 'committed':
      return result.next;
    case 'refused':
      if (result.refusal === 'unchanged') return undefined;
      throw new MaintenanceFencedError('the maintenance lost its lease or is to be cancelled');
    case 'conflict':
      throw new ConflictError('other writers keep changing the table');
  }
}
