import { deleteTrigger, getTrigger, getTriggerByName, putTrigger } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition } from '../http/precondition.ts';
import { parseRequestedBy } from '../http/requested-by.ts';
import { refuseWrongParams } from '../runs/refuse-wrong-params.ts';
import { parseTriggerName } from './parse-trigger-id.ts';
import { parseTrigger } from './parse-trigger.ts';
import { sendTrigger } from './read-triggers.ts';
import { refuseUnknownInputs } from './refuse-unknown-inputs.ts';
import type { TriggerDeps } from './trigger-deps.ts';

/** PUT …/triggers/{trigger} of a pipeline: 201 for a new one. */
export function putPipelineTriggerRoute(deps: TriggerDeps): HandledOperation<'putPipelineTrigger'> {
  return handleOperation('putPipelineTrigger', async (req, res, { body }) => {
    const where = parseTriggerName(req.params);
    const settings = parseTrigger(where.pipeline, body);
    await refuseWrongParams(deps.db, where.pipeline, settings.params);
    await refuseUnknownInputs(deps.db, req, settings.config);
    const isPaused =
      body.enabled === undefined || body.enabled === null ? undefined : !body.enabled;
    const { id, isNew } = await putTrigger(deps.db, where, () => ({ settings, isPaused }), {
      precondition: parsePrecondition(req),
      by: parseRequestedBy(req),
    });
    res.status(isNew ? 201 : 200);
    sendTrigger(res, await getTrigger(deps.db, id));
  });
}

/** DELETE …/triggers/{trigger} of a pipeline. */
export function deletePipelineTriggerRoute(
  deps: TriggerDeps,
): HandledOperation<'deletePipelineTrigger'> {
  return handleOperation('deletePipelineTrigger', async (req, res) => {
    const { pipeline, name } = parseTriggerName(req.params);
    const { id } = await getTriggerByName(deps.db, pipeline, name);
    await deleteTrigger(deps.db, id, parsePrecondition(req));
    res.status(204).end();
  });
}
