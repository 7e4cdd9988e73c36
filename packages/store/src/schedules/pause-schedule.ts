import { NotFoundError } from '@rat/domain';
import type { Database } from '../db/database.ts';
import { storableText } from '../db/storable.ts';
import type { Prisma } from '../generated/client.ts';

/** A schedule that cannot fire, and why. */
export interface InvalidSchedule {
  id: string;
  message: string;
}

/** The name under which the platform pauses schedules by itself. */
const SYSTEM = 'system';

/** Pauses a schedule that cannot fire. */
export async function pauseInvalid(
  tx: Prisma.TransactionClient,
  { id, message }: InvalidSchedule,
): Promise<void> {
  await tx.$executeRawUnsafe(PAUSE, id, SYSTEM, storableText(`invalid: ${message}`));
}

/** Pauses a schedule whose pipeline is deleted, as the delete does: it goes on when the pipeline is put back. */
export async function pauseDeleted(tx: Prisma.TransactionClient, id: string): Promise<void> {
  await tx.$executeRawUnsafe(PAUSE, id, SYSTEM, 'the pipeline is deleted');
}

/**
 * Pauses a schedule; throws NotFoundError. One that is paused already keeps the time and takes the
 * new reason.
 */
export async function pauseSchedule(
  db: Database,
  id: string,
  pause: { by: string | undefined; reason: string | undefined },
): Promise<void> {
  const answer = await db.pool.query(PAUSE, [
    id,
    pause.by ?? null,
    pause.reason === undefined ? null : storableText(pause.reason),
  ]);
  if (answer.rowCount === 0) throw scheduleNotFound();
}

const PAUSE = `UPDATE schedules SET
    paused_at = coalesce(paused_at, now()),
    paused_by = $2::text,
    pause_reason = $3::text,
    next_for = NULL,
    fire_at = NULL,
    revision = revision + 1,
    updated_at = now()
  WHERE id = $1::uuid AND deleted_at IS NULL`;

/**
 * Pauses the schedules whose last runs failed `max_failures` times in a row. Cancelled runs do not
 * count, nor does a run from before the schedule was last resumed. Returns the paused ones.
 */
export async function pauseFailing(db: Database): Promise<{ id: string; failures: number }[]> {
  const answer = await db.pool.query<{ id: string; failures: number }>(PAUSE_FAILING);
  return answer.rows;
}

/**
 * The inner query reads `max_failures` runs of a schedule, the newest first, by `runs_source_idx`.
 * The index of schedules that can be paused is small: few people set a limit.
 */
const PAUSE_FAILING = {
  name: 'pause-failing-schedules',
  text: `UPDATE schedules s SET
      paused_at = now(),
      paused_by = '${SYSTEM}',
      pause_reason = s.max_failures || ' runs in a row failed',
      next_for = NULL,
      fire_at = NULL,
      revision = revision + 1,
      updated_at = now()
    WHERE s.max_failures IS NOT NULL
      AND s.paused_at IS NULL
      AND s.deleted_at IS NULL
      AND s.max_failures = (
        SELECT count(*) FILTER (WHERE ended.status = 'failed')
        FROM (
          SELECT r.status
          FROM runs r
          WHERE r.source_id = s.id
            AND r.status IN ('success', 'failed')
            AND r.created_at >= s.failures_since
          ORDER BY r.created_at DESC
          LIMIT s.max_failures
        ) ended
      )
    RETURNING s.id::text, s.max_failures AS failures`,
};

export function scheduleNotFound(): NotFoundError {
  return new NotFoundError('schedule not found');
}
