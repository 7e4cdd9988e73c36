import type { CreateTriggerBody, TypedTrigger, TypedTriggerList } from '@rat/contracts';
import { planFirings } from '@rat/dispatch';
import { ConflictError, type PipelineRef } from '@rat/domain';
import {
  createSchedule,
  createTrigger,
  findMade,
  getPipeline,
  getSchedule,
  getTrigger,
  listSchedules,
  listTriggers,
  type Made,
} from '@rat/store';
import type { Response } from 'express';
import { parseSettings, pauseOf } from '../automation/parse-settings.ts';
import { confinedTo } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import type { Addressed } from '../http/base-url.ts';
import { parseRequestedBy } from '../http/requested-by.ts';
import { idempotencyOf, showMade } from '../http/idempotency.ts';
import { parsePipelineParams } from '../pipelines/parse-pipeline-params.ts';
import { parseTypedConfig, parseTrigger } from '../automation/parse-trigger.ts';
import { chooseSecrets, refuseSecrets } from '../webhooks/webhook-secrets.ts';
import { presentTypedSchedule, presentTypedTrigger, withToken } from './present-typed-trigger.ts';
import { refuseUnknownInputs } from '../automation/unknown-inputs.ts';
import type { TriggerDeps } from './trigger-deps.ts';

/** More of them than this one pipeline does not have in practice. */
const SHOWN_MAX = 1_000;

/** GET …/triggers of a pipeline: its triggers and schedules, as other clients know them. */
export function listPipelineTriggersRoute(
  deps: TriggerDeps,
): HandledOperation<'listPipelineTriggers'> {
  return handleOperation('listPipelineTriggers', async (req, res) => {
    const ref = parsePipelineParams(req.params);
    await getPipeline(deps.db, ref);
    const { namespace, layer, name: pipeline } = ref;
    const query = { namespace, layer, pipeline, limit: SHOWN_MAX, offset: 0 };
    const [own, timed] = await Promise.all([
      listTriggers(deps.db, query),
      listSchedules(deps.db, query),
    ]);
    const triggers = [
      ...own.triggers.map((row) => presentTypedTrigger(row, req)),
      ...timed.schedules.map(presentTypedSchedule),
    ];
    const answer: TypedTriggerList = { triggers, total: own.total + timed.total };
    res.json(answer);
  });
}

/** POST …/triggers of a pipeline: 201; the type `cron` makes a schedule. */
export function createPipelineTriggerRoute(
  deps: TriggerDeps,
): HandledOperation<'createPipelineTrigger'> {
  return handleOperation('createPipelineTrigger', async (req, res, { body }) => {
    const pipeline = parsePipelineParams(req.params);
    const by = parseRequestedBy(req);
    const { secrets: _, ...given } = body;
    // The secrets of a webhook are not compared, so nothing of them is stored here; see `show`.
    const request = { operation: 'create trigger', ...pipeline, ...given };
    const idempotency = idempotencyOf(req, deps, request);
    const created =
      (await findMade<MadeTrigger>(deps.db, idempotency)) ??
      (await create(deps, { pipeline, body, by, req, idempotency }));
    const answer = await show(deps, created, { req, res }, body.type);
    const path = answer.type === 'cron' ? 'schedules' : 'triggers';
    res.status(201).location(`/api/v1/${path}/${answer.id}`).json(answer);
  });
}

interface MadeTrigger {
  id: string;
}

/** A trigger that was made, and a token that was made for it. */
type CreatedTrigger = Made<MadeTrigger> & { token?: string | undefined };

/**
 * A made trigger as clients read it. Throws ConflictError for a webhook that an earlier request made: its secret is stored as
 * a digest, so nothing can show it a second time, or tell whether this request has the same one.
 */
async function show(
  { db }: TriggerDeps,
  { made: { id }, isReplayed, token }: CreatedTrigger,
  { req, res }: { req: Addressed; res: Response },
  type: CreateTriggerBody['type'],
): Promise<TypedTrigger> {
  if (type === 'cron')
    return presentTypedSchedule(await showMade(res, isReplayed, getSchedule(db, id)));
  if (isReplayed && type === 'webhook') {
    throw new ConflictError(
      `the first request with this Idempotency-Key made the webhook ${id}, whose secret is shown once: give it new secrets by a PUT of the trigger, or delete it`,
    );
  }
  const row = await showMade(res, isReplayed, getTrigger(db, id));
  return withToken(presentTypedTrigger(row, req), token);
}

async function create(
  { db, secretBox }: TriggerDeps,
  {
    pipeline,
    body,
    by,
    req,
    idempotency,
  }: {
    pipeline: PipelineRef;
    body: CreateTriggerBody;
    by: string | undefined;
    req: Addressed;
    idempotency: ReturnType<typeof idempotencyOf>;
  },
): Promise<CreatedTrigger> {
  const { enabled, name, cooldown_seconds, secrets: own } = body;
  const isPaused = pauseOf({ enabled });
  const where = { pipeline, name: name ?? undefined };
  const given = parseTypedConfig(body);
  if (given.kind === 'cron') {
    refuseSecrets(own);
    const change = { settings: parseSettings({ cron: given.cron }), isPaused };
    return createSchedule(db, where, change, { plan: planFirings, by, idempotency });
  }
  const settings = parseTrigger(pipeline, { ...given, cooldown_seconds });
  const mayRead = confinedTo(req);
  await refuseUnknownInputs(db, { pipeline, config: settings.config, mayRead });
  const configs = { next: settings.config, current: undefined };
  const { secrets, token } = chooseSecrets(own ?? undefined, configs, secretBox);
  const change = { settings, isPaused, secrets: () => secrets };
  const made = await createTrigger(db, where, change, { by, mayRead, idempotency });
  return { ...made, token };
}
