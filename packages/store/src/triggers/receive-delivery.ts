import { randomUUID } from 'node:crypto';
import { fireTime, LimitError, type FiringOutcome, type ParamValues } from '@rat/domain';
import type { Database } from '../db/database.ts';
import { storableJson, storableText } from '../db/storable.ts';
import type { Prisma } from '../generated/client.ts';
import type { CreatedRun } from '../runs/create-run.ts';
import { readRules } from '../schedules/make-room.ts';
import { fireTrigger } from './fire-trigger.ts';
import type { TriggerRules } from './firing-context.ts';
import { lockTrigger, LOCK_TRIGGER_BY_ID, type LockedTrigger } from './lock-trigger.ts';
import { toTrigger, type TriggerRow } from './trigger-row.ts';

/** A delivery of a known sender. */
export interface NewDelivery {
  /** Undefined: its sender names none, so it is no repeat of another one. */
  deliveryId: string | undefined;
  params: ParamValues | undefined;
  /** The start of its body, without secrets. */
  excerpt: string;
}

/** What became of a delivery. */
export interface DeliveryAnswer {
  /** Undefined while the trigger waits, or is paused. */
  firingId: string | undefined;
  runId: string | undefined;
  outcome: FiringOutcome;
  /** The run to announce after the commit. */
  runs: Extract<CreatedRun, { kind: 'created' }>[];
}

/**
 * Stores a delivery of a webhook, and lets its trigger decide about it, in one transaction. A delivery
 * whose id was received within seven days is not stored again: the answer is what became of the first
 * one. Throws NotFoundError; LimitError, if `refusesWhileCooling`, until the trigger may fire again.
 */
export async function receiveDelivery(
  db: Database,
  triggerId: string,
  delivery: NewDelivery,
  options: { rules: TriggerRules; refusesWhileCooling?: boolean },
): Promise<DeliveryAnswer> {
  const deliveryId = delivery.deliveryId ?? `none:${randomUUID()}`;
  return db.prisma.$transaction(
    async (tx) => {
      const locked = await lockTrigger(tx, triggerId);
      await tx.$executeRawUnsafe(FORGET_OLD, triggerId, deliveryId);
      const inserted = await tx.$queryRawUnsafe<unknown[]>(
        INSERT,
        triggerId,
        storableText(deliveryId),
        delivery.params === undefined ? null : storableJson(delivery.params),
        storableText(delivery.excerpt),
      );
      if (inserted.length === 0) return readAnswer(tx, triggerId, deliveryId, []);
      const trigger = toTrigger(locked);
      if (options.refusesWhileCooling === true) refuseWhileCooling(trigger, locked.now);
      const runs = await decide(tx, trigger, options.rules);
      return readAnswer(tx, triggerId, deliveryId, runs);
    },
    { maxWait: 10_000, timeout: 15_000 },
  );
}

/** A paused trigger decides when it is resumed. */
async function decide(
  tx: Prisma.TransactionClient,
  { id, pipelineId, paused }: TriggerRow,
  rules: TriggerRules,
): Promise<DeliveryAnswer['runs']> {
  if (paused !== undefined) return [];
  await tx.$executeRawUnsafe(TOUCH, id);
  const [row] = await tx.$queryRawUnsafe<LockedTrigger[]>(LOCK_TRIGGER_BY_ID, id);
  if (row === undefined) throw new Error('a locked trigger is missing');
  const pipelineRules = await readRules(tx, pipelineId);
  const context = { rules, pipelineRules, now: row.now };
  const outcome = await fireTrigger(tx, toTrigger(row), context);
  // Above the cap it is paused, and may still decide about the delivery once it is resumed.
  if (outcome.paused !== undefined) await tx.$executeRawUnsafe(BIND_TO_NEWEST, id);
  return outcome.runs;
}

function refuseWhileCooling({ cooldownSeconds, marks }: TriggerRow, now: Date): void {
  const pace = { debounceSeconds: 0, maxWaitSeconds: undefined, cooldownSeconds, maxPerHour: 1 };
  const until = fireTime(pace, { ...marks, firstChangeAt: now, lastChangeAt: now });
  if (until === undefined || until <= now) return;
  const seconds = Math.ceil((until.getTime() - now.getTime()) / 1_000);
  throw new LimitError('the webhook cools down after its last run', seconds);
}

async function readAnswer(
  tx: Prisma.TransactionClient,
  triggerId: string,
  deliveryId: string,
  runs: DeliveryAnswer['runs'],
): Promise<DeliveryAnswer> {
  const [row] = await tx.$queryRawUnsafe<AnswerRow[]>(READ_ANSWER, triggerId, deliveryId);
  return {
    firingId: row?.firing_id ?? undefined,
    runId: row?.run_id ?? undefined,
    outcome: row?.outcome ?? 'waiting',
    runs,
  };
}

interface AnswerRow {
  firing_id: string | null;
  run_id: string | null;
  outcome: FiringOutcome | null;
}

const KEPT_DAYS = 7;

/** The clean-up may be late. */
const FORGET_OLD = `DELETE FROM webhook_deliveries
  WHERE trigger_id = $1::uuid AND delivery_id = $2
    AND received_at < now() - interval '${KEPT_DAYS} days'`;

/** The trigger is locked: a second delivery with this id finds the first one committed. */
const INSERT = `INSERT INTO webhook_deliveries (trigger_id, delivery_id, params, body)
  VALUES ($1::uuid, $2, $3::jsonb, $4)
  ON CONFLICT DO NOTHING
  RETURNING 1`;

const TOUCH = `UPDATE triggers SET
    first_change_at = coalesce(first_change_at, clock_timestamp()),
    last_change_at = clock_timestamp(),
    fire_at = clock_timestamp()
  WHERE id = $1::uuid`;

const BIND_TO_NEWEST = `UPDATE webhook_deliveries SET firing_id = (
    SELECT id FROM firings WHERE source_id = $1::uuid ORDER BY position DESC LIMIT 1
  )
  WHERE trigger_id = $1::uuid AND decided_at IS NULL`;

const READ_ANSWER = `SELECT d.firing_id::text, f.run_id::text, f.outcome
  FROM webhook_deliveries d LEFT JOIN firings f ON f.id = d.firing_id
  WHERE d.trigger_id = $1::uuid AND d.delivery_id = $2`;

/** Deletes up to `limit` deliveries that are older than seven days. */
export async function forgetOldDeliveries(db: Database, limit: number): Promise<number> {
  const answer = await db.pool.query({ ...FORGET, values: [limit] });
  return answer.rowCount ?? 0;
}

const FORGET = {
  name: 'forget-old-deliveries',
  text: `DELETE FROM webhook_deliveries WHERE (trigger_id, delivery_id) IN (
      SELECT trigger_id, delivery_id FROM webhook_deliveries
      WHERE received_at < now() - interval '${KEPT_DAYS} days'
      ORDER BY received_at LIMIT $1
    )`,
};
