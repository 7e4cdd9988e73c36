import type { IncomingMessage } from 'node:http';
import type { FiringList, TriggerList, WrittenTrigger } from '@rat/contracts';
import {
  getTrigger,
  getTriggerByName,
  listFirings,
  listTriggers,
  triggerTag,
  type TriggerStory,
} from '@rat/store';
import type { Response } from 'express';
import { confinedTo } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { setTag } from '../http/precondition.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';
import { presentFirings } from '../schedules/present-schedule.ts';
import { findIdInName, parseTriggerId, parseTriggerName } from './parse-trigger-id.ts';
import { presentTrigger } from './present-trigger.ts';
import { getTyped } from './typed-by-id.ts';
import type { TriggerDeps } from './trigger-deps.ts';
import { namesNothing } from '../http/names-nothing.ts';

/** GET /api/v1/triggers: a page of triggers. */
export function listTriggersRoute(deps: TriggerDeps): HandledOperation<'listTriggers'> {
  return handleOperation('listTriggers', async (req, res, { query }) => {
    const { paused, ...rest } = query;
    const matchesNone = [rest.namespace, rest.pipeline].some(namesNothing);
    const isPaused = paused === undefined ? undefined : paused === 'true';
    const page = matchesNone
      ? { triggers: [], total: 0 }
      : await listTriggers(deps.db, { ...rest, isPaused });
    const answer: TriggerList = {
      triggers: page.triggers.map((row) => presentTrigger(row, confinedTo(req))),
      total: page.total,
    };
    res.json(answer);
  });
}

/** GET /api/v1/triggers/{id}. */
export function getTriggerRoute(deps: TriggerDeps): HandledOperation<'getTrigger'> {
  return handleOperation('getTrigger', async (req, res) => {
    sendTrigger(req, res, await getTrigger(deps.db, parseTriggerId(req.params.id)));
  });
}

/** GET …/triggers/{trigger} of a pipeline. */
export function getPipelineTriggerRoute(deps: TriggerDeps): HandledOperation<'getPipelineTrigger'> {
  return handleOperation('getPipelineTrigger', async (req, res) => {
    const id = findIdInName(req.params.trigger);
    if (id !== undefined) {
      res.json(await getTyped(deps.db, req, { pipeline: parsePipelineParams(req.params), id }));
      return;
    }
    const { pipeline, name } = parseTriggerName(req.params);
    sendTrigger(req, res, await getTriggerByName(deps.db, pipeline, name));
  });
}

/** GET /api/v1/triggers/{id}/firings: the newest first. */
export function listTriggerFiringsRoute(deps: TriggerDeps): HandledOperation<'listTriggerFirings'> {
  return handleOperation('listTriggerFirings', async (req, res, { query }) => {
    const { id } = await getTrigger(deps.db, parseTriggerId(req.params.id));
    const { outcome, cursor: before, limit } = query;
    // One more than the page: whether there is a next one.
    const found = await listFirings(deps.db, id, { outcome, before, limit: limit + 1 });
    const answer: FiringList = presentFirings(req, found, limit);
    res.json(answer);
  });
}

/** Sends a trigger with its entity tag, and with the token that was just made for it. */
export function sendTrigger(
  req: IncomingMessage,
  res: Response,
  row: TriggerStory,
  token?: string,
): void {
  setTag(res, triggerTag(row));
  const trigger = presentTrigger(row, confinedTo(req));
  const answer: WrittenTrigger = token === undefined ? trigger : { ...trigger, token };
  res.json(answer);
}
