import type { FiringPlan, ParamValues, PlannedTime, Trigger } from '@rat/domain';
import { createRunId } from '../db/create-run-id.ts';
import type { Prisma } from '../generated/client.ts';
import { toCreated, type CreatedRun } from '../runs/create-run.ts';
import type { ReplacedRun } from '../runs/enforce-concurrency.ts';
import { insertRuns, type RunToInsert } from '../runs/insert-runs.ts';
import type { RunRequest } from '../runs/run-request.ts';
import { makeRoom, type PipelineRules, type Room } from './make-room.ts';
import type { ScheduleRow } from './schedule-row.ts';
import { foldSkip, insertFirings, type NewFiring } from './write-firings.ts';

/** What the firings of one transaction came to. */
export interface Fired {
  /** To be announced after the commit. */
  runs: Extract<CreatedRun, { kind: 'created' }>[];
  /** The lags of the times that fired, ms. */
  lagsMs: number[];
  skipped: number;
  missed: number;
  /** Times for which a quota left no room. */
  refused: number;
}

export function nothingFired(): Fired {
  return { runs: [], lagsMs: [], skipped: 0, missed: 0, refused: 0 };
}

/**
 * Fires the due times of schedules whose runs wait in line, all with one insert of firings and one
 * of runs. The caller has locked the schedules. Returns undefined when a run cannot just wait: the
 * caller must roll back, and fire each schedule in a transaction of its own.
 */
export async function fireInBatch(
  tx: Prisma.TransactionClient,
  due: readonly { schedule: ScheduleRow; plan: FiringPlan }[],
  now: Date,
): Promise<Fired | undefined> {
  const fired = nothingFired();
  const planned = due.flatMap(({ schedule, plan }) => [
    ...missedFiring(schedule, plan).map((firing) => ({ firing, run: undefined })),
    ...plan.fire.map((time) => planRun(schedule, time, now)),
  ]);
  const inserted = await insertFirings(
    tx,
    planned.map(({ firing }) => firing),
    now,
  );
  const fresh = planned.filter(({ firing }) => inserted.has(firing.id));
  const runs = fresh.flatMap(({ run }) => (run === undefined ? [] : [run]));
  const made = runs.length === 0 ? [] : await insertRuns(tx, runs);
  for (const [index, run] of runs.entries()) {
    const row = made[index];
    if (!row?.isInserted) return undefined;
    fired.runs.push(toCreated(row, run.request));
  }
  for (const { firing } of fresh) count(fired, firing);
  await saveNext(tx, due);
  return fired;
}

/**
 * Fires the due times of one schedule under its overlap policy. The caller has locked the pipeline
 * and then the schedule, in this order, as every writer of both does.
 */
export async function fireAlone(
  tx: Prisma.TransactionClient,
  { schedule, plan }: { schedule: ScheduleRow; plan: FiringPlan },
  rules: PipelineRules,
  now: Date,
): Promise<Fired> {
  const fired = nothingFired();
  const missed = missedFiring(schedule, plan);
  await insertFirings(tx, missed, now);
  for (const firing of missed) count(fired, firing);
  let skip: NewFiring | undefined;
  for (const time of plan.fire) {
    const room = await makeRoom(tx, schedule, rules);
    if (room.kind !== 'room') {
      const firing = firingWithoutRun(schedule, time, room);
      if (!isSameSkip(skip, firing)) await writeSkip(tx, skip, now, fired);
      skip = isSameSkip(skip, firing) ? mergeSkips(skip, firing) : firing;
      continue;
    }
    await writeSkip(tx, skip, now, fired);
    skip = undefined;
    const planned = planRun(schedule, time, now);
    const created = await insertFired(tx, planned, room.replaced, now);
    if (created === undefined) continue;
    fired.runs.push(created);
    count(fired, planned.firing);
  }
  await writeSkip(tx, skip, now, fired);
  await saveNext(tx, [{ schedule, plan }]);
  return fired;
}

/** Inserts a firing and its run; undefined when the firing happened already. */
export async function insertFired(
  tx: Prisma.TransactionClient,
  { firing, run }: PlannedRun,
  replaced: ReplacedRun[],
  now: Date,
): Promise<Extract<CreatedRun, { kind: 'created' }> | undefined> {
  const inserted = await insertFirings(tx, [firing], now);
  if (inserted.size === 0) return undefined;
  const [row] = await insertRuns(tx, [{ ...run, isWithinLimit: true, hasPlace: true }]);
  if (!row?.isInserted) throw new Error('the pipeline of a schedule was not found');
  return { ...toCreated(row, run.request), replaced };
}

interface PlannedRun {
  firing: NewFiring;
  run: RunToInsert;
}

/** The firing of a nominal time, and its run. */
export function planRun(
  schedule: ScheduleRow,
  { at, start, logicalDate }: PlannedTime,
  now: Date,
  manual?: {
    dedupeKey: string;
    detail: unknown;
    scheduledFor: Date | undefined;
    params: ParamValues | undefined;
    origin: RunRequest['origin'];
    requestedBy: RunRequest['requestedBy'];
  },
): PlannedRun {
  const id = createRunId();
  const runId = createRunId();
  const interval = start && { start, end: at, logicalDate };
  const firing: NewFiring = {
    id,
    sourceKind: 'schedule',
    sourceId: schedule.id,
    dedupeKey: manual?.dedupeKey ?? `at:${at.toISOString()}`,
    scheduledFor: manual === undefined ? at : manual.scheduledFor,
    lagMs:
      manual === undefined
        ? Math.max(0, now.getTime() - at.getTime() - schedule.delayMs)
        : undefined,
    detail: manual?.detail,
    outcome: 'run',
    runId,
    interval,
  };
  const trigger: Trigger = { kind: 'schedule', label: `schedule:${schedule.name}` };
  const request = {
    pipeline: schedule.pipeline,
    trigger,
    priority: schedule.priority,
    expiresInSeconds: schedule.expiresInSeconds,
    params: manual?.params ?? schedule.params,
    origin: manual?.origin,
    requestedBy: manual?.requestedBy,
  };
  return {
    firing,
    run: { request, firing: { runId, id, sourceId: schedule.id, at: now, interval } },
  };
}

/** One record for all times that nothing fires for. */
function missedFiring(schedule: ScheduleRow, { missed }: FiringPlan): NewFiring[] {
  if (missed === undefined) return [];
  return [
    {
      id: createRunId(),
      sourceKind: 'schedule',
      sourceId: schedule.id,
      dedupeKey: `missed:${missed.first.toISOString()}`,
      scheduledFor: missed.first,
      scheduledUntil: missed.last,
      outcome: 'missed',
      reason: 'late',
      count: missed.count,
    },
  ];
}

/** The firing of a nominal time that the overlap policy or a quota keeps from making a run. */
function firingWithoutRun(
  schedule: ScheduleRow,
  { at }: PlannedTime,
  room: Exclude<Room, { kind: 'room' }>,
): NewFiring {
  const firing = {
    id: createRunId(),
    sourceKind: 'schedule' as const,
    sourceId: schedule.id,
    dedupeKey: `at:${at.toISOString()}`,
    scheduledFor: at,
    scheduledUntil: at,
  };
  switch (room.kind) {
    case 'skip':
      return { ...firing, outcome: 'skipped', reason: room.reason, blockedBy: room.blockedBy };
    case 'refuse':
      return { ...firing, outcome: 'refused', reason: 'quota' };
  }
}

function isSameSkip(earlier: NewFiring | undefined, skip: NewFiring): earlier is NewFiring {
  return earlier?.outcome === skip.outcome && earlier.reason === skip.reason;
}

function mergeSkips(earlier: NewFiring, skip: NewFiring): NewFiring {
  return {
    ...earlier,
    scheduledUntil: skip.scheduledUntil,
    blockedBy: skip.blockedBy,
    count: (earlier.count ?? 1) + 1,
  };
}

async function writeSkip(
  tx: Prisma.TransactionClient,
  skip: NewFiring | undefined,
  now: Date,
  fired: Fired,
): Promise<void> {
  if (skip === undefined) return;
  if (!(await foldSkip(tx, skip, now))) await insertFirings(tx, [skip], now);
  count(fired, skip);
}

function count(fired: Fired, firing: NewFiring): void {
  if (firing.outcome === 'skipped') fired.skipped += firing.count ?? 1;
  if (firing.outcome === 'refused') fired.refused += firing.count ?? 1;
  if (firing.outcome === 'missed') fired.missed += firing.count ?? 1;
  if (firing.lagMs !== undefined) fired.lagsMs.push(firing.lagMs);
}

/** Stores until when each schedule has decided, and when it is due again. */
export async function saveNext(
  tx: Prisma.TransactionClient,
  due: readonly { schedule: ScheduleRow; plan: FiringPlan }[],
): Promise<void> {
  const rows = due.map(({ schedule, plan }) => ({
    id: schedule.id,
    decided_until: plan.decidedUntil,
    next_for: plan.nextFor,
    fire_at: plan.fireAt,
    tzdata: plan.tzdata,
  }));
  await tx.$executeRawUnsafe(SAVE_NEXT, JSON.stringify(rows));
}

/** `decided_until` only grows: under a clock that was set back nothing fires twice. */
const SAVE_NEXT = `UPDATE schedules s SET
    decided_until = greatest(s.decided_until, new.decided_until),
    next_for = new.next_for,
    fire_at = CASE WHEN s.paused_at IS NULL AND s.deleted_at IS NULL THEN new.fire_at END,
    tzdata = new.tzdata
  FROM jsonb_to_recordset($1::jsonb) AS new (
      id uuid,
      decided_until timestamptz,
      next_for timestamptz,
      fire_at timestamptz,
      tzdata text
    )
  WHERE s.id = new.id`;
