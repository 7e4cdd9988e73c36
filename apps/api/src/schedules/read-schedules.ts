import type { FiringList, NextTimes, ScheduleList, SchedulePreview } from '@rat/contracts';
import {
  getSchedule,
  getScheduleByName,
  listFirings,
  listSchedules,
  scheduleTag,
} from '@rat/store';
import type { ScheduleStory } from '@rat/store';
import type { Response } from 'express';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { setTag } from '../http/precondition.ts';
import { parseScheduleId, parseScheduleName } from './parse-schedule-id.ts';
import { openRhythm, parseRhythm } from '../automation/parse-settings.ts';
import { describe, presentFirings, presentSchedule, presentTimes } from './present-schedule.ts';
import type { ScheduleDeps } from './schedule-deps.ts';
import { namesNothing } from '../http/names-nothing.ts';

/** How many next times are shown by default. */
const NEXT_TIMES = 5;

/** GET /api/v1/schedules: a page of schedules. */
export function listSchedulesRoute(deps: ScheduleDeps): HandledOperation<'listSchedules'> {
  return handleOperation('listSchedules', async (_req, res, { query }) => {
    const { namespace, layer, pipeline, paused, limit, offset } = query;
    const matchesNone = [namespace, pipeline].some(namesNothing);
    const isPaused = paused === undefined ? undefined : paused === 'true';
    const page = matchesNone
      ? { schedules: [], total: 0 }
      : await listSchedules(deps.db, { namespace, layer, pipeline, isPaused, limit, offset });
    const answer: ScheduleList = {
      schedules: page.schedules.map(presentSchedule),
      total: page.total,
    };
    res.json(answer);
  });
}

/** GET /api/v1/schedules/{id}. */
export function getScheduleRoute(deps: ScheduleDeps): HandledOperation<'getSchedule'> {
  return handleOperation('getSchedule', async (req, res) => {
    sendSchedule(res, await getSchedule(deps.db, parseScheduleId(req.params.id)));
  });
}

/** GET …/schedules/{schedule} of a pipeline. */
export function getPipelineScheduleRoute(
  deps: ScheduleDeps,
): HandledOperation<'getPipelineSchedule'> {
  return handleOperation('getPipelineSchedule', async (req, res) => {
    const { pipeline, name } = parseScheduleName(req.params);
    sendSchedule(res, await getScheduleByName(deps.db, pipeline, name));
  });
}

/** GET /api/v1/schedules/{id}/next: the next times, also of a paused schedule. */
export function getNextTimesRoute(deps: ScheduleDeps): HandledOperation<'getNextTimes'> {
  return handleOperation('getNextTimes', async (req, res, { query }) => {
    const row = await getSchedule(deps.db, parseScheduleId(req.params.id));
    const { startsAt, delayMs } = row;
    const now = Date.now();
    const after = new Date(Math.max(now, (startsAt?.getTime() ?? 0) - 1));
    const count = query.count ?? NEXT_TIMES;
    const times = presentTimes(openRhythm(row), row, { after, count, delayMs });
    const answer: NextTimes = { times };
    res.json(answer);
  });
}

/** POST /api/v1/schedules/preview: the times of a rhythm that is not stored. */
export function previewScheduleRoute(): HandledOperation<'previewSchedule'> {
  return handleOperation('previewSchedule', (_req, res, { body }) => {
    const settings = parseRhythm(body);
    const range = {
      after: body.after ?? new Date(),
      count: body.count ?? NEXT_TIMES,
      delayMs: 0,
    };
    const times = presentTimes(openRhythm(settings), settings, range);
    const answer: SchedulePreview = { ...describe(settings), times };
    res.json(answer);
  });
}

/** GET /api/v1/schedules/{id}/firings: the newest first. */
export function listFiringsRoute(deps: ScheduleDeps): HandledOperation<'listFirings'> {
  return handleOperation('listFirings', async (req, res, { query }) => {
    const { id } = await getSchedule(deps.db, parseScheduleId(req.params.id));
    const { outcome, cursor: before, limit } = query;
    // One more than the page: whether there is a next one.
    const found = await listFirings(deps.db, id, { outcome, before, limit: limit + 1 });
    const answer: FiringList = presentFirings(req, found, limit);
    res.json(answer);
  });
}

/** Sends a schedule with its entity tag. */
export function sendSchedule(res: Response, row: ScheduleStory): void {
  setTag(res, scheduleTag(row));
  res.json(presentSchedule(row));
}
