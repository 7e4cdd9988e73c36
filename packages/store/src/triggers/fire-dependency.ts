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
 * names the pipelines that are missing. A success serves one due time. Of several due times at which
 * nothing could decide, the last one counts.
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
  const open = await findWaiting(tx, trigger.id);
  if (open !== undefined) {
    // The last success may have come just before this due time, and nothing has decided since.
    const missing = await fireWaiting(tx, trigger, { waiting: open, config, context }, outcome);
    if (isDue && missing.length > 0) await miss(tx, { id: open.id, missing }, now, outcome);
  }
  if (isDue) {
    const waiting = waitingFiring(trigger, tick);
    await insertFirings(tx, [waiting.firing], now);
    await fireWaiting(tx, trigger, { waiting, config, context }, outcome);
  }
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

function waitingFiring(trigger: TriggerRow, tick: Date): Waiting & { firing: NewFiring } {
  const id = createRunId();
  const since = trigger.decidedUntil;
  const firing: NewFiring = {
    id,
    sourceKind: 'trigger',
    sourceId: trigger.id,
    dedupeKey: `at:${tick.toISOString()}`,
    scheduledFor: tick,
    outcome: 'waiting',
    reason: 'waiting_inputs',
    detail: { since: since.toISOString() },
  };
  return { id, scheduled_for: tick, since, firing };
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

async function miss(
  tx: Prisma.TransactionClient,
  { id, missing }: { id: string; missing: readonly string[] },
  now: Date,
  outcome: TriggerOutcome,
): Promise<void> {
  await tx.$executeRawUnsafe(MISS, id, JSON.stringify({ missing }), now.toISOString());
  outcome.others += 1;
}

const MISS = `UPDATE firings SET
    outcome = 'missed',
    detail = detail || $2::jsonb,
    last_at = $3::timestamptz
  WHERE id = $1::uuid`;

/** Ends a firing that waits if every pipeline has succeeded for it; returns the pipelines that have not. */
async function fireWaiting(
  tx: Prisma.TransactionClient,
  trigger: TriggerRow,
  {
    waiting,
    config,
    context,
  }: { waiting: Waiting; config: DependencyConfig; context: FiringContext },
  outcome: TriggerOutcome,
): Promise<string[]> {
  const { now, rules, pipelineRules } = context;
  const until = rules.nextTime(config, waiting.scheduled_for);
  const all = await readInputs(tx, trigger.id, { ...waiting, until });
  const inputs = all.flatMap(({ input, run_id }) => (run_id === null ? [] : [{ input, run_id }]));
  if (inputs.length < all.length) {
    const missing = all.filter(({ run_id }) => run_id === null);
    return missing.map(({ input }) => input.slice('pipeline:'.length));
  }
  // A success serves one due time, whether or not that makes a run.
  await tx.$executeRawUnsafe(
    CONSUME,
    trigger.id,
    inputs.map(({ input }) => input),
    inputs.map(({ run_id }) => run_id),
  );
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
    return [];
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
  await tx.$executeRawUnsafe(
    `UPDATE triggers SET last_fired_at = $2::timestamptz WHERE id = $1::uuid`,
    trigger.id,
    now.toISOString(),
  );
  return [];
}

const END_WAITING = `UPDATE firings SET
    outcome = $2,
    reason = $3,
    blocked_by = $4::uuid,
    last_at = $5::timestamptz
  WHERE id = $1::uuid`;

const CONSUME = `UPDATE trigger_inputs i SET consumed = used.run_id
  FROM unnest($2::text[], $3::text[]) AS used (input, run_id)
  WHERE i.trigger_id = $1::uuid AND i.input = used.input`;

/** Runs of a pipeline that are read to find its success for a due time, as for the newest one. */
const RUNS_READ = 100;

interface InputRow {
  input: string;
  /** The success that serves the due time; null: the pipeline is missing. */
  run_id: string | null;
}

async function readInputs(
  tx: Prisma.TransactionClient,
  triggerId: string,
  { since, scheduled_for, until }: Omit<Waiting, 'id'> & { until: Date | undefined },
): Promise<InputRow[]> {
  return tx.$queryRawUnsafe<InputRow[]>(
    READ_INPUTS,
    triggerId,
    since.toISOString(),
    scheduled_for.toISOString(),
    until?.toISOString() ?? null,
  );
}

/**
 * The newest success up to the due time serves it, and otherwise the newest one before the next due
 * time. The noted success is the newest one. When that is later than the due time, an earlier one is
 * looked for among the runs, so that the later one is left for the next due time. A success that is not
 * newer than the last one that was used is none.
 */
const READ_INPUTS = `SELECT i.input, used.run_id
  FROM trigger_inputs i
    LEFT JOIN runs last ON last.id = i.consumed::uuid
    LEFT JOIN LATERAL (
      SELECT s.run_id
      FROM (
        SELECT i.run_id::text AS run_id, i.latest_at AS at
        UNION ALL
        SELECT r.id::text, r.finished_at
        FROM (
          SELECT id, status, kind, finished_at FROM runs
          WHERE i.latest_at > $3::timestamptz
            AND namespace = split_part(substr(i.input, 10), '.', 1)
            AND layer = split_part(substr(i.input, 10), '.', 2)
            AND pipeline = split_part(substr(i.input, 10), '.', 3)
          ORDER BY created_at DESC, id DESC LIMIT ${RUNS_READ}
        ) r
        WHERE r.status = 'success' AND r.kind = 'pipeline'
      ) s
      WHERE s.at > $2::timestamptz
        AND ($4::timestamptz IS NULL OR s.at <= $4::timestamptz)
        AND s.run_id IS DISTINCT FROM i.consumed
        AND (last.finished_at IS NULL OR s.at >= last.finished_at)
      ORDER BY s.at <= $3::timestamptz DESC, s.at DESC LIMIT 1
    ) used ON true
  WHERE i.trigger_id = $1::uuid ORDER BY i.input`;
