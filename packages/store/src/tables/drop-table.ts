import { randomUUID } from 'node:crypto';
import {
  ConflictError,
  formatRef,
  NotFoundError,
  type PipelineRef,
  type Precondition,
  includesNamespaces,
  type NamespaceSet,
} from '@rat/domain';
import { findTables, removeTable } from '../catalog/catalog.ts';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import { hidePipeline } from '../pipelines/pipelines.ts';
import { CANCEL_PENDING, FLAG_RUNNING } from '../runs/request-cancel.ts';
import {
  DROPPED_COLUMNS,
  toDroppedTable,
  type DroppedTable,
  type DroppedTableRow,
} from './dropped-table.ts';
import {
  findTableReaders,
  lockUnfinishedRuns,
  type LockedRun,
  type TableReader,
} from './find-table-users.ts';

/** Who drops a table and why, and how long it can be restored. */
export interface DropRequest {
  /** Drops it although something reads it; cancels the runs that would write it. */
  force: boolean;
  /** Milliseconds. */
  keepMs: number;
  reason?: string | undefined;
  requestedBy?: string | undefined;
  /** The namespaces of whose pipelines a refusal may speak. */
  mayRead?: NamespaceSet;
}

/** A run that the drop cancelled. The caller publishes its hints after the commit. */
export interface CancelledByDrop {
  runId: string;
  seq: number;
  /** `cancelled`: it was pending and has ended; `running`: its runner is to stop it. */
  status: 'cancelled' | 'running';
}

/** A drop that is committed. */
export interface TableDrop {
  dropped: DroppedTable;
  cancelled: CancelledByDrop[];
}

/**
 * Drops a table: its pointer leaves the catalog, and the runs of its pipeline can publish nothing
 * that they began before. All of it is one transaction. The rows of the runs are locked before the
 * catalog, as a publish does it, so one of the two is first and neither waits for ever.
 *
 * Throws NotFoundError, and without `force` ConflictError while another pipeline reads the table or
 * a run of its own pipeline has not ended.
 *
 * @example
 * const { dropped, cancelled } = await dropTable(db, table, { force: false, keepMs });
 * for (const { runId, seq } of cancelled) await hints.publish({ kind: 'moved', runId, seq });
 */
export async function dropTable(
  db: Database,
  table: PipelineRef,
  request: DropRequest,
): Promise<TableDrop> {
  return withTransaction(db.pool, async (client) => {
    const drop = await dropInside({ pool: client }, table, request);
    if (drop === undefined) throw new NotFoundError(`table ${formatRef(table)} does not exist`);
    return drop;
  });
}

/**
 * Deletes a pipeline and drops its table, in one transaction; undefined when it has no table. Throws
 * as `deletePipeline` does, and ConflictError as `dropTable` does.
 */
export async function deletePipelineWithTable(
  db: Database,
  pipeline: PipelineRef,
  request: DropRequest,
  precondition: Precondition = {},
): Promise<TableDrop | undefined> {
  return withTransaction(db.pool, async (client) => {
    await hidePipeline(client, pipeline, precondition);
    return dropInside({ pool: client }, pipeline, request);
  });
}

/** As many readers as a message names. */
const READERS_NAMED = 5;

async function dropInside(
  db: { pool: Queryable },
  table: PipelineRef,
  request: DropRequest,
): Promise<TableDrop | undefined> {
  if ((await findTables(db, [table])).size === 0) return undefined;
  const unfinished = await lockUnfinishedRuns(db, table);
  const readers = await findTableReaders(db, table, READERS_NAMED + 1);
  const isUsed = unfinished.length > 0 || readers.length > 0;
  if (isUsed && !request.force)
    throw inUse(table, { readers, unfinished, mayRead: request.mayRead });
  const location = await removeTable(db, table);
  if (location === undefined) return undefined;
  const cancelled: CancelledByDrop[] = [];
  for (const run of unfinished) {
    if (run.cancelRequested) continue;
    cancelled.push(await cancelRun(db, run, table, request.requestedBy));
  }
  const noted = await db.pool.query<DroppedTableRow>({
    ...NOTE_DROP,
    values: [
      randomUUID(),
      table.namespace,
      table.layer,
      table.name,
      location,
      request.requestedBy ?? null,
      request.reason ?? null,
      isUsed,
      request.keepMs,
    ],
  });
  const [row] = noted.rows;
  if (row === undefined) throw new Error('an insert returned no row');
  return { dropped: toDroppedTable(row), cancelled };
}

const NOTE_DROP = {
  name: 'note-drop',
  text: `INSERT INTO dropped_tables (
      id,
      namespace,
      layer,
      name,
      metadata_location,
      dropped_by,
      reason,
      forced,
      keep_until
    )
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + $9 * interval '1 ms')
    RETURNING ${DROPPED_COLUMNS}`,
};

/** From here on, the fence of the run refuses its branch and its publish. */
async function cancelRun(
  db: { pool: Queryable },
  run: LockedRun,
  table: PipelineRef,
  requestedBy: string | undefined,
): Promise<CancelledByDrop> {
  const isPending = run.status === 'pending';
  const reason = `table ${formatRef(table)} was dropped`;
  await db.pool.query(isPending ? CANCEL_PENDING : FLAG_RUNNING, [
    run.id,
    reason,
    requestedBy ?? null,
  ]);
  return { runId: run.id, seq: run.lastSeq + 1, status: isPending ? 'cancelled' : 'running' };
}

function inUse(
  table: PipelineRef,
  {
    readers,
    unfinished,
    mayRead,
  }: {
    readers: readonly TableReader[];
    unfinished: readonly LockedRun[];
    mayRead: NamespaceSet;
  },
): ConflictError {
  const facts: string[] = [];
  const ran = readers.filter(({ runId }) => runId !== undefined);
  const onlyRefer = readers.filter(({ runId }) => runId === undefined);
  if (ran.length > 0) facts.push(`${namesOf(ran, mayRead)} read it in the latest run`);
  if (onlyRefer.length > 0) facts.push(`${namesOf(onlyRefer, mayRead)} refer to it`);
  if (unfinished.length > 0) {
    const runs = unfinished.length === 1 ? 'a run' : `${unfinished.length} runs`;
    facts.push(`${runs} of its own pipeline did not end yet`);
  }
  const message = `table ${formatRef(table)} is in use: ${facts.join('; ')}. Drop it with force=true, which cancels its own runs and lets the next run of a reader fail`;
  const runId = unfinished[0]?.id ?? ran.find((reader) => isKnown(reader, mayRead))?.runId;
  return new ConflictError(message, runId === undefined ? {} : { runId });
}

/** The names of those that the person may know, and whether there are others. */
function namesOf(readers: readonly TableReader[], mayRead: NamespaceSet): string {
  const named = readers.filter((reader) => isKnown(reader, mayRead)).slice(0, READERS_NAMED);
  if (named.length === 0) return 'pipelines of other namespaces';
  const names = named.map(({ pipeline }) => formatRef(pipeline)).join(', ');
  return readers.length > named.length ? `${names} and others` : names;
}

function isKnown({ pipeline }: TableReader, mayRead: NamespaceSet): boolean {
  return includesNamespaces(mayRead, [pipeline.namespace]);
}
