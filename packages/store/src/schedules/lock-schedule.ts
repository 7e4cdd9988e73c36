import { NotFoundError, type PipelineRef } from '@rat/domain';
import type { Prisma } from '../generated/client.ts';
import { scheduleNotFound } from './pause-schedule.ts';
import { SCHEDULE_COLUMNS, type StoredSchedule } from './schedule-row.ts';

/** Locks the pipeline of a schedule and then the schedule, in this order, as the firing job does. */
export async function lockSchedule(tx: Prisma.TransactionClient, id: string): Promise<LockedRow> {
  await tx.$queryRawUnsafe(
    `SELECT 1 FROM pipelines WHERE id = (SELECT pipeline_id FROM schedules WHERE id = $1::uuid)
     FOR NO KEY UPDATE`,
    id,
  );
  const [found] = await tx.$queryRawUnsafe<LockedRow[]>(LOCK_BY_ID, id);
  if (found === undefined) throw scheduleNotFound();
  return found;
}

/** A schedule as its lock found it. */
export interface LockedRow extends StoredSchedule {
  now: Date;
}

const LOCKED = `SELECT ${SCHEDULE_COLUMNS}, now()::timestamptz(3) AS now
  FROM schedules s JOIN pipelines p ON p.id = s.pipeline_id
  WHERE s.deleted_at IS NULL AND p.deleted_at IS NULL`;
export const LOCK_BY_ID = `${LOCKED} AND s.id = $1::uuid FOR UPDATE OF s`;
export const LOCK_BY_NAME = `${LOCKED} AND s.pipeline_id = $1::uuid AND s.name = $2 FOR UPDATE OF s`;
export const LIST_NAMES = `SELECT name FROM schedules WHERE pipeline_id = $1::uuid AND deleted_at IS NULL`;

/** Locks a pipeline that is not deleted, and returns its id. Throws NotFoundError. */
export async function lockPipelineByName(
  tx: Prisma.TransactionClient,
  { namespace, layer, name }: PipelineRef,
): Promise<string> {
  const [row] = await tx.$queryRawUnsafe<{ id: string }[]>(
    `SELECT id::text FROM pipelines
     WHERE namespace = $1 AND layer = $2 AND name = $3 AND deleted_at IS NULL
     FOR NO KEY UPDATE`,
    namespace,
    layer,
    name,
  );
  if (row === undefined) throw new NotFoundError('pipeline not found');
  return row.id;
}
