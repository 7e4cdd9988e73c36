import { isDeepStrictEqual } from 'node:util';
import { ConflictError, QuotaError, type ParamValues, type PlannedTime } from '@rat/domain';
import type { Database } from '../db/database.ts';
import type { Prisma } from '../generated/client.ts';
import { notPublished } from '../pipelines/pipelines.ts';
import type { CreatedRun } from '../runs/create-run.ts';
import type { RunRequest } from '../runs/run-request.ts';
import { insertFired, planRun } from './fire-schedule.ts';
import { lockSchedule } from './lock-schedule.ts';
import { makeRoom, readRules } from './make-room.ts';
import { toSchedule, type ScheduleRow } from './schedule-row.ts';

/** The run that a person asked for, and its firing. */
export interface ManualFiring {
  firingId: string;
  run: CreatedRun;
}

/**
 * Fires a schedule now, also a paused one, and leaves its next time alone. A second call with the
 * same key returns the first one's run. `timeOf` gives the nominal time that the run is about; a run
 * that is about none has no interval. The given parameters win over those of the schedule.
 *
 * Throws NotFoundError; ConflictError when the key was used for another time, and when the overlap
 * policy allows no run now; QuotaError when the namespace has as many runs in line as it may.
 */
export async function runSchedule(
  db: Database,
  id: string,
  request: {
    key: string;
    scheduledFor: Date | undefined;
    params?: ParamValues | undefined;
    origin?: RunRequest['origin'];
    requestedBy?: RunRequest['requestedBy'];
  },
  timeOf: (schedule: ScheduleRow) => PlannedTime | undefined,
): Promise<ManualFiring> {
  const dedupeKey = `manual:${request.key}`;
  const detail: Detail = {
    for: request.scheduledFor?.toISOString() ?? null,
    params: request.params ?? null,
  };
  return db.prisma.$transaction(
    async (tx) => {
      const row = await lockSchedule(tx, id);
      const earlier = await findEarlier(tx, { id, dedupeKey, detail });
      if (earlier !== undefined) return earlier;
      const schedule = toSchedule(row);
      const time = timeOf(schedule);
      const room = await makeRoom(tx, schedule, await readRules(tx, schedule.pipelineId));
      if (room.kind === 'refuse') throw new QuotaError(room.use, row.now);
      if (room.kind === 'skip') {
        if (room.blockedBy === undefined) {
          throw new ConflictError(notPublished(schedule.pipeline));
        }
        const message = `the schedule allows no run beside its others (overlap: ${schedule.overlap}), and run ${room.blockedBy} is active`;
        throw new ConflictError(message, { runId: room.blockedBy });
      }
      const planned = planRun(
        schedule,
        time ?? { at: row.now, start: undefined, logicalDate: '' },
        row.now,
        {
          dedupeKey,
          detail,
          scheduledFor: request.scheduledFor,
          origin: request.origin,
          requestedBy: request.requestedBy,
          params: request.params && { ...schedule.params, ...request.params },
        },
      );
      const run = await insertFired(tx, planned, room.replaced, row.now);
      // The schedule's lock excludes a second firing with this key.
      if (run === undefined) throw new Error('a firing appeared under the lock of its schedule');
      return { firingId: planned.firing.id, run };
    },
    { maxWait: 10_000, timeout: 15_000 },
  );
}

/** The fields of the request: a second one with the same key must repeat them. */
interface Detail {
  for: string | null;
  params: ParamValues | null;
}

interface EarlierRow {
  id: string;
  run_id: string | null;
  detail: Detail | null;
}

async function findEarlier(
  tx: Prisma.TransactionClient,
  asked: { id: string; dedupeKey: string; detail: Detail },
): Promise<ManualFiring | undefined> {
  const [row] = await tx.$queryRawUnsafe<EarlierRow[]>(
    `SELECT id::text, run_id::text, detail FROM firings
     WHERE source_id = $1::uuid AND dedupe_key = $2`,
    asked.id,
    asked.dedupeKey,
  );
  if (row === undefined) return undefined;
  for (const field of ['for', 'params'] as const) {
    if (isDeepStrictEqual(row.detail?.[field], asked.detail[field])) continue;
    const options = row.run_id === null ? {} : { runId: row.run_id };
    throw new ConflictError(`this Idempotency-Key was used with another ${field}`, options);
  }
  if (row.run_id === null) {
    throw new ConflictError('this Idempotency-Key was used for a run that is removed by now');
  }
  return { firingId: row.id, run: { kind: 'replayed', id: row.run_id } };
}
