import {
  deleteTrigger,
  getTrigger,
  getTriggerByName,
  putTrigger,
  type TriggerChange,
} from '@rat/store';
import { confinedTo } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition } from '../http/precondition.ts';
import { parseRequestedBy } from '../http/requested-by.ts';
import { pauseOf } from '../automation/parse-settings.ts';
import { parseTrigger, requireWhole } from '../automation/parse-trigger.ts';
import { refuseUnknownInputs } from '../automation/unknown-inputs.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';
import { chooseSecrets } from '../webhooks/webhook-secrets.ts';
import { refuseWrongParams } from '../runs/refuse-wrong-params.ts';
import { findIdInName, parseTriggerName } from './parse-trigger-id.ts';
import { sendTrigger } from './read-triggers.ts';
import { changeTyped, deleteTyped } from './typed-by-id.ts';
import type { TriggerDeps } from './trigger-deps.ts';

/** PUT …/triggers/{trigger} of a pipeline: 201 for a new one. */
export function putPipelineTriggerRoute(deps: TriggerDeps): HandledOperation<'putPipelineTrigger'> {
  return handleOperation('putPipelineTrigger', async (req, res, { body }) => {
    const byId = findIdInName(req.params.trigger);
    if (byId !== undefined) {
      const pipeline = parsePipelineParams(req.params);
      res.json(await changeTyped(deps, req, { pipeline, id: byId, body }));
      return;
    }
    const where = parseTriggerName(req.params);
    const settings = parseTrigger(where.pipeline, requireWhole(body));
    await refuseWrongParams(deps.db, where.pipeline, settings.params);
    const mayRead = confinedTo(req);
    const watched = { pipeline: where.pipeline, config: settings.config, mayRead };
    await refuseUnknownInputs(deps.db, watched);
    let token: string | undefined;
    const secrets: TriggerChange['secrets'] = (current) => {
      const configs = { next: settings.config, current: current?.config };
      const chosen = chooseSecrets(body.secrets ?? undefined, configs, deps.secretBox);
      token = chosen.token;
      return chosen.secrets;
    };
    const change = { settings, isPaused: pauseOf(body), secrets };
    const { id, isNew } = await putTrigger(deps.db, where, change, {
      precondition: parsePrecondition(req),
      by: parseRequestedBy(req),
      mayRead,
    });
    res.status(isNew ? 201 : 200);
    sendTrigger(req, res, await getTrigger(deps.db, id), token);
  });
}

/** DELETE …/triggers/{trigger} of a pipeline. */
export function deletePipelineTriggerRoute(
  deps: TriggerDeps,
): HandledOperation<'deletePipelineTrigger'> {
  return handleOperation('deletePipelineTrigger', async (req, res) => {
    const byId = findIdInName(req.params.trigger);
    if (byId !== undefined) {
      await deleteTyped(deps.db, parsePipelineParams(req.params), byId);
      res.status(204).end();
      return;
    }
    const { pipeline, name } = parseTriggerName(req.params);
    const { id } = await getTriggerByName(deps.db, pipeline, name);
    await deleteTrigger(deps.db, id, parsePrecondition(req));
    res.status(204).end();
  });
}
