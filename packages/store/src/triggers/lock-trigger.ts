import type { Prisma } from '../generated/client.ts';
import { triggerNotFound } from './find-triggers.ts';
import { TRIGGER_COLUMNS, type StoredTrigger } from './trigger-row.ts';

/** A trigger as its lock found it. */
export interface LockedTrigger extends StoredTrigger {
  now: Date;
}

/** Locks the pipeline of a trigger and then the trigger, in this order. Throws NotFoundError. */
export async function lockTrigger(
  tx: Prisma.TransactionClient,
  id: string,
): Promise<LockedTrigger> {
  await tx.$queryRawUnsafe(
    `SELECT 1 FROM pipelines WHERE id = (SELECT pipeline_id FROM triggers WHERE id = $1::uuid)
     FOR NO KEY UPDATE`,
    id,
  );
  const [found] = await tx.$queryRawUnsafe<LockedTrigger[]>(LOCK_TRIGGER_BY_ID, id);
  if (found === undefined) throw triggerNotFound();
  return found;
}

/** The clock, since the transaction may have begun before the last firing, and waited for its lock. */
const LOCKED = `SELECT ${TRIGGER_COLUMNS}, clock_timestamp()::timestamptz(3) AS now
  FROM triggers t JOIN pipelines p ON p.id = t.pipeline_id
  WHERE t.deleted_at IS NULL AND p.deleted_at IS NULL`;
export const LOCK_TRIGGER_BY_ID = `${LOCKED} AND t.id = $1::uuid FOR UPDATE OF t`;
export const LOCK_TRIGGER_BY_NAME = `${LOCKED} AND t.pipeline_id = $1::uuid AND t.name = $2 FOR UPDATE OF t`;
