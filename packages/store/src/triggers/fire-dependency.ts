import { isLoop, type DependencyConfig, type FiringCause } from '@rat/domain';
import { createRunId } from '../db/create-run-id.ts';
import type { Prisma } from '../generated/client.ts';
import { makeRoom } from '../schedules/make-room.ts';
import { insertFirings, type NewFiring } from '../schedules/write-firings.ts';
import { findAncestry } from './find-ancestry.ts';
import type { FiringContext, TriggerOutcome } from './firing-context.ts';
import { insertTriggeredRun } from './insert-triggered-run.ts';
import type { TriggerRow } from './trigger-row.ts';

/**
 * Decides about a trigger with due times. At a due time there is a firing that waits. It gets its run
 * once every pipeline has succeeded since the due time before; at the next due time it is missed, and
 * names the pipelines that are missing. Of several due times at which nothing could decide, the last
 * one counts.
 */
export async function fireDependency(
  tx: Prisma.TransactionClient,
  { trigger, config }: { trigger: TriggerRow; config: DependencyConfig },
  context: FiringContext,
): Promise<TriggerOutcome> {
  const { rules, now } = context;
  const outcome: TriggerOutcome = { runs: [], others: 0 };
  const tick = rules.lastTime(config, now);
  const next = rules.nextTime(config, now);
  const isDue = tick !== undefined && tick > trigger.decidedUntil;
  if (isDue) {
    await missWaiting(tx, trigger, now, outcome);
    await insertFirings(tx, [waitingFiring(trigger, tick)], now);
  }
  const waiting = await findWaiting(tx, trigger.id);
  if (waiting !== undefined) await fireWaiting(tx, trigger, { waiting, context }, outcome);
  await tx.$executeRawUnsafe(
    SAVE,
    trigger.id,
    isDue ? tick.toISOString() : null,
    next?.toISOString() ?? null,
  );
  return outcome;
}

/** `last_fired_at` is the time of the last run, as of the other kinds. */
const SAVE = `UPDATE triggers SET
    decided_until = greatest(decided_until, $2::timestamptz),
    next_for = $3::timestamptz,
    fire_at = $3::timestamptz,
    first_change_at = NULL,
    last_change_at = NULL
  WHERE id = $1::uuid`;

interface Waiting {
  id: string;
  scheduled_for: Date;
  /** Successes from here on count. */
  since: Date;
}

function waitingFiring(trigger: TriggerRow, tick: Date): NewFiring {
  return {
    id: createRunId(),
    sourceKind: 'trigger',
    sourceId: trigger.id,
    dedupeKey: `at:${tick.toISOString()}`,
    scheduledFor: tick,
    outcome: 'waiting',
    reason: 'waiting_inputs',
    detail: { since: trigger.decidedUntil.toISOString() },
  };
}

async function findWaiting(
  tx: Prisma.TransactionClient,
  triggerId: string,
): Promise<Waiting | undefined> {
  const [row] = await tx.$queryRawUnsafe<Waiting[]>(FIND_WAITING, triggerId);
  return row;
}

const FIND_WAITING = `SELECT id::text, scheduled_for, (detail ->> 'since')::timestamptz AS since
  FROM firings WHERE source_id = $1::uuid AND outcome = 'waiting'
  ORDER BY position DESC LIMIT 1`;

async function missWaiting(
  tx: Prisma.TransactionClient,
  trigger: TriggerRow,
  now: Date,
  outcome: TriggerOutcome,
): Promise<void> {
  const waiting = await findWaiting(tx, trigger.id);
  if (waiting === undefined) return;
  const missing = (await readInputs(tx, trigger.id, waiting.since))
    .filter(({ is_in }) => !is_in)
    .map(({ input }) => input.slice('pipeline:'.length));
  await tx.$executeRawUnsafe(MISS, trigger.id, JSON.stringify({ missing }), now.toISOString());
  outcome.others += 1;
}

const MISS = `UPDATE firings SET
    outcome = 'missed',
    detail = detail || $2::jsonb,
    last_at = $3::timestamptz
  WHERE source_id = $1::uuid AND outcome = 'waiting'`;

async function fireWaiting(
  tx: Prisma.TransactionClient,
  trigger: TriggerRow,
  { waiting, context }: { waiting: Waiting; context: FiringContext },
  outcome: TriggerOutcome,
): Promise<void> {
  const { now, pipelineRules } = context;
  const inputs = await readInputs(tx, trigger.id, waiting.since);
  if (inputs.length === 0 || !inputs.every(({ is_in }) => is_in)) return;
  const causes = inputs.map(({ input, run_id }): FiringCause => ({
    kind: 'run',
    pipeline: input.slice('pipeline:'.length),
    run_id,
  }));
  const ancestry = await findAncestry(tx, causes);
  const room = isLoop(trigger.id, ancestry)
    ? ({ kind: 'loop', reason: 'loop', blockedBy: undefined } as const)
    : await makeRoom(tx, trigger, pipelineRules);
  if (room.kind !== 'room') {
    await tx.$executeRawUnsafe(
      END_WAITING,
      waiting.id,
      room.kind === 'skip' ? 'skipped' : 'refused',
      room.kind === 'refuse' ? 'quota' : room.reason,
      room.kind === 'skip' ? (room.blockedBy ?? null) : null,
      now.toISOString(),
    );
    outcome.others += 1;
    return;
  }
  await tx.$executeRawUnsafe(`DELETE FROM firings WHERE id = $1::uuid`, waiting.id);
  const inserted = await insertTriggeredRun(
    tx,
    trigger,
    {
      firingId: waiting.id,
      dedupeKey: `at:${waiting.scheduled_for.toISOString()}`,
      scheduledFor: waiting.scheduled_for,
      causes,
      ancestry,
      replaced: room.replaced,
    },
    now,
  );
  if (inserted !== undefined) outcome.runs.push(inserted.run);
  await tx.$executeRawUnsafe(CONSUME, trigger.id, now.toISOString());
}

const END_WAITING = `UPDATE firings SET
    outcome = $2,
    reason = $3,
    blocked_by = $4::uuid,
    last_at = $5::timestamptz
  WHERE id = $1::uuid`;

const CONSUME = `
  WITH consumed AS (
    UPDATE trigger_inputs SET consumed = latest WHERE trigger_id = $1::uuid
  )
  UPDATE triggers SET last_fired_at = $2::timestamptz WHERE id = $1::uuid`;

interface InputRow {
  input: string;
  run_id: string;
  is_in: boolean;
}

async function readInputs(
  tx: Prisma.TransactionClient,
  triggerId: string,
  since: Date,
): Promise<InputRow[]> {
  return tx.$queryRawUnsafe<InputRow[]>(READ_INPUTS, triggerId, since.toISOString());
}

const READ_INPUTS = `SELECT
    input,
    run_id::text,
    coalesce(latest_at > $2::timestamptz, false) AS is_in
  FROM trigger_inputs WHERE trigger_id = $1::uuid ORDER BY input`;
