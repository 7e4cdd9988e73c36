import type { Database } from '../db/database.ts';
import { storableText } from '../db/storable.ts';
import type { Prisma } from '../generated/client.ts';
import { triggerNotFound } from './find-triggers.ts';
import { lockTrigger } from './lock-trigger.ts';

/** The name under which the platform pauses triggers by itself. */
const SYSTEM = 'system';

/** Pauses a trigger that must not go on by itself. */
export async function pauseBySystem(
  tx: Prisma.TransactionClient,
  id: string,
  reason: string,
): Promise<void> {
  await tx.$executeRawUnsafe(PAUSE, id, SYSTEM, storableText(reason));
}

/**
 * Pauses a trigger; throws NotFoundError. One that is paused already keeps the time and takes the
 * new reason.
 */
export async function pauseTrigger(
  db: Database,
  id: string,
  pause: { by: string | undefined; reason: string | undefined },
): Promise<void> {
  const answer = await db.pool.query(PAUSE, [
    id,
    pause.by ?? null,
    pause.reason === undefined ? null : storableText(pause.reason),
  ]);
  if (answer.rowCount === 0) throw triggerNotFound();
}

const PAUSE = `UPDATE triggers SET
    paused_at = coalesce(paused_at, now()),
    paused_by = $2::text,
    pause_reason = $3::text,
    next_for = NULL,
    fire_at = NULL,
    revision = revision + 1,
    updated_at = now()
  WHERE id = $1::uuid AND deleted_at IS NULL`;

/**
 * Resumes a trigger; throws NotFoundError. `catchesUp`: what changed during the pause counts;
 * otherwise the trigger has decided about it. It looks at its inputs at the next turn.
 */
export async function resumeTrigger(
  db: Database,
  id: string,
  { catchesUp }: { catchesUp: boolean },
): Promise<void> {
  await db.prisma.$transaction(async (tx) => {
    const row = await lockTrigger(tx, id);
    if (row.paused_at !== null && !catchesUp) {
      await consumeAll(tx, id);
      await tx.$executeRawUnsafe(DROP_DELIVERIES, id);
    }
    await tx.$executeRawUnsafe(RESUME, id, catchesUp);
  });
}

/** Marks what has changed so far as decided about. */
export async function consumeAll(tx: Prisma.TransactionClient, id: string): Promise<void> {
  await tx.$executeRawUnsafe(
    `DELETE FROM trigger_inputs WHERE trigger_id = $1::uuid AND input LIKE 'run:%'`,
    id,
  );
  await tx.$executeRawUnsafe(
    `UPDATE trigger_inputs SET consumed = latest WHERE trigger_id = $1::uuid`,
    id,
  );
  await tx.$executeRawUnsafe(FORGET_CHANGES, id);
}

/** What was delivered to a webhook during its pause makes no run. */
const DROP_DELIVERIES = `UPDATE webhook_deliveries SET decided_at = now()
  WHERE trigger_id = $1::uuid AND decided_at IS NULL`;

const FORGET_CHANGES = `UPDATE triggers SET first_change_at = NULL, last_change_at = NULL
  WHERE id = $1::uuid`;

/** `fire_at` without news makes the trigger look once and rest. */
const RESUME = `UPDATE triggers SET
    decided_until = CASE
      WHEN paused_at IS NULL OR $2::boolean THEN decided_until
      ELSE greatest(decided_until, now())
    END,
    fire_at = coalesce(fire_at, now()),
    paused_at = NULL,
    paused_by = NULL,
    pause_reason = NULL,
    revision = revision + 1,
    updated_at = now()
  WHERE id = $1::uuid`;
