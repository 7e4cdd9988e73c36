import { randomUUID } from 'node:crypto';
import type { RunScheduleAnswer } from '@rat/contracts';
import { announceRun, planFirings, planTime } from '@rat/dispatch';
import { InputError, type PlannedTime } from '@rat/domain';
import {
  getSchedule,
  pauseSchedule,
  resumeSchedule,
  runSchedule,
  type ScheduleRow,
} from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseRequestedBy, makerOf } from '../http/requested-by.ts';
import { parseIdempotencyKey } from '../http/parse-idempotency-key.ts';
import { refuseWrongParams } from '../runs/refuse-wrong-params.ts';
import { parseScheduleId } from './parse-schedule-id.ts';
import { openRhythm } from '../automation/parse-settings.ts';
import { sendSchedule } from './read-schedules.ts';
import type { ScheduleDeps } from './schedule-deps.ts';

/** POST /api/v1/schedules/{id}/pause: 200 with the schedule, also for one that is paused already. */
export function pauseScheduleRoute(deps: ScheduleDeps): HandledOperation<'pauseSchedule'> {
  return handleOperation('pauseSchedule', async (req, res, { body }) => {
    const id = parseScheduleId(req.params.id);
    const by = parseRequestedBy(req, body);
    await pauseSchedule(deps.db, id, { by, reason: body.reason ?? undefined });
    sendSchedule(res, await getSchedule(deps.db, id));
  });
}

/** POST /api/v1/schedules/{id}/resume: 200 with the schedule, also for one that is not paused. */
export function resumeScheduleRoute(deps: ScheduleDeps): HandledOperation<'resumeSchedule'> {
  return handleOperation('resumeSchedule', async (req, res, { body }) => {
    const id = parseScheduleId(req.params.id);
    const catchesUp = body.catch_up ?? false;
    await resumeSchedule(deps.db, id, { catchesUp, plan: planFirings });
    sendSchedule(res, await getSchedule(deps.db, id));
  });
}

/**
 * POST /api/v1/schedules/{id}/run: 202 as soon as the run is stored. A second request with the same
 * `Idempotency-Key` returns the first one's run.
 */
export function runScheduleRoute(deps: ScheduleDeps): HandledOperation<'runSchedule'> {
  return handleOperation('runSchedule', async (req, res, { body }) => {
    const id = parseScheduleId(req.params.id);
    const key = parseIdempotencyKey(req.get('Idempotency-Key')) ?? randomUUID();
    const scheduledFor = body.for ?? undefined;
    const params = body.params ?? undefined;
    if (params !== undefined) {
      const { pipeline } = await getSchedule(deps.db, id);
      await refuseWrongParams(deps.db, pipeline, params);
    }
    const request = { key, scheduledFor, params, ...makerOf(req) };
    const { firingId, run } = await runSchedule(deps.db, id, request, (schedule) =>
      scheduledFor === undefined ? undefined : timeOf(schedule, scheduledFor),
    );
    announceRun(deps, run);
    if (run.kind === 'replayed') res.set('Idempotent-Replayed', 'true');
    const answer: RunScheduleAnswer = { run_id: run.id, firing_id: firingId, status: 'pending' };
    res.status(202).location(`/api/v1/runs/${run.id}`).json(answer);
  });
}

/** The nominal time that the request names. Throws InputError when the schedule has no such time. */
function timeOf(schedule: ScheduleRow, asked: Date): PlannedTime {
  const timetable = openRhythm(schedule);
  const nearest = timetable.next(new Date(asked.getTime() - 1));
  if (nearest?.getTime() === asked.getTime()) {
    return planTime(timetable, asked, schedule);
  }
  const next = nearest === undefined ? '' : `; the next one after it is ${nearest.toISOString()}`;
  const message = `${asked.toISOString()} is not a time of this schedule${next}`;
  throw new InputError(`for: ${message}`, [{ path: 'for', message }]);
}
