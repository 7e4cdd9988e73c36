import type { Database } from '../db/database.ts';
import { lockSchedule } from './lock-schedule.ts';
import { missUndecided } from './miss-undecided.ts';
import { toSchedule, type PlanFirings } from './schedule-row.ts';

/**
 * Resumes a schedule. Throws NotFoundError, also for one of a deleted pipeline, which would be due for
 * ever. `catchesUp`: the times of the pause are due, and the catch-up policy decides about them;
 * otherwise they are missed. The firing job computes the next time at its next turn.
 */
export async function resumeSchedule(
  db: Database,
  id: string,
  { catchesUp, plan }: { catchesUp: boolean; plan: PlanFirings },
): Promise<void> {
  await db.prisma.$transaction(async (tx) => {
    const row = await lockSchedule(tx, id);
    const schedule = toSchedule(row);
    if (schedule.paused !== undefined && !catchesUp) {
      await missUndecided(tx, schedule, { plan, now: row.now });
    }
    await tx.$executeRawUnsafe(RESUME, id, catchesUp);
  });
}

const RESUME = `UPDATE schedules SET
    decided_until = CASE
      WHEN paused_at IS NULL OR $2::boolean THEN decided_until
      ELSE greatest(decided_until, now())
    END,
    failures_since = CASE WHEN paused_at IS NULL THEN failures_since ELSE now() END,
    fire_at = coalesce(fire_at, now()),
    paused_at = NULL,
    paused_by = NULL,
    pause_reason = NULL,
    revision = revision + 1,
    updated_at = now()
  WHERE id = $1::uuid`;
