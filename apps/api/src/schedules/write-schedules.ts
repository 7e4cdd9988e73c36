import { announceRun, planFirings } from '@rat/dispatch';
import {
  changeSchedule,
  createSchedule,
  deleteSchedule,
  findMade,
  getSchedule,
  getScheduleByName,
  putSchedule,
  type ScheduleWrite,
} from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition } from '../http/precondition.ts';
import { parseRequestedBy } from '../http/requested-by.ts';
import { idempotencyOf, showMade } from '../http/idempotency.ts';
import { refuseWrongParams } from '../runs/refuse-wrong-params.ts';
import { parseScheduleId, parseScheduleName } from './parse-schedule-id.ts';
import { changeOf, parseSettings } from '../automation/parse-settings.ts';
import { sendSchedule } from './read-schedules.ts';
import type { ScheduleDeps } from './schedule-deps.ts';

/** POST /api/v1/schedules: 201 with the new schedule; 409 when the name is taken. */
export function createScheduleRoute(deps: ScheduleDeps): HandledOperation<'createSchedule'> {
  return handleOperation('createSchedule', async (req, res, { body }) => {
    const { namespace, layer, pipeline, name, ...given } = body;
    const ref = { namespace, layer, name: pipeline };
    const idempotency = idempotencyOf(req, deps, { operation: 'create schedule', ...body });
    const create = async () => {
      await refuseWrongParams(deps.db, ref, given.params ?? undefined);
      const where = { pipeline: ref, name: name ?? undefined };
      const by = parseRequestedBy(req);
      return createSchedule(deps.db, where, changeOf(given), {
        plan: planFirings,
        by,
        idempotency,
      });
    };
    const { made, isReplayed } =
      (await findMade<{ id: string }>(deps.db, idempotency)) ?? (await create());
    const schedule = await showMade(res, isReplayed, getSchedule(deps.db, made.id));
    res.status(201).location(`/api/v1/schedules/${made.id}`);
    sendSchedule(res, schedule);
  });
}

/** PUT …/schedules/{schedule} of a pipeline: 201 for a new one. */
export function putPipelineScheduleRoute(
  deps: ScheduleDeps,
): HandledOperation<'putPipelineSchedule'> {
  return handleOperation('putPipelineSchedule', async (req, res, { body }) => {
    const where = parseScheduleName(req.params);
    await refuseWrongParams(deps.db, where.pipeline, body.params ?? undefined);
    const written = await putSchedule(deps.db, where, changeOf(body), {
      plan: planFirings,
      precondition: parsePrecondition(req),
      by: parseRequestedBy(req),
    });
    announce(deps, written);
    res.status(written.isNew ? 201 : 200);
    sendSchedule(res, await getSchedule(deps.db, written.id));
  });
}

/** PUT /api/v1/schedules/{id}: changes the fields of the body. */
export function changeScheduleRoute(deps: ScheduleDeps): HandledOperation<'changeSchedule'> {
  return handleOperation('changeSchedule', async (req, res, { body }) => {
    const id = parseScheduleId(req.params.id);
    const { enabled, ...given } = body;
    if (given.params) {
      const { pipeline } = await getSchedule(deps.db, id);
      await refuseWrongParams(deps.db, pipeline, given.params);
    }
    const written = await changeSchedule(
      deps.db,
      id,
      (current) => ({
        settings: parseSettings(given, current),
        isPaused: enabled === undefined || enabled === null ? undefined : !enabled,
      }),
      { plan: planFirings, precondition: parsePrecondition(req), by: parseRequestedBy(req) },
    );
    announce(deps, written);
    sendSchedule(res, await getSchedule(deps.db, id));
  });
}

/** DELETE /api/v1/schedules/{id}. */
export function deleteScheduleRoute(deps: ScheduleDeps): HandledOperation<'deleteSchedule'> {
  return handleOperation('deleteSchedule', async (req, res) => {
    await deleteSchedule(deps.db, parseScheduleId(req.params.id), parsePrecondition(req));
    res.status(204).end();
  });
}

/** DELETE …/schedules/{schedule} of a pipeline. */
export function deletePipelineScheduleRoute(
  deps: ScheduleDeps,
): HandledOperation<'deletePipelineSchedule'> {
  return handleOperation('deletePipelineSchedule', async (req, res) => {
    const { pipeline, name } = parseScheduleName(req.params);
    const { id } = await getScheduleByName(deps.db, pipeline, name);
    await deleteSchedule(deps.db, id, parsePrecondition(req));
    res.status(204).end();
  });
}

/** What was due by the old settings has fired. */
function announce(deps: ScheduleDeps, { fired }: ScheduleWrite): void {
  for (const run of fired.runs) announceRun(deps, run);
}
