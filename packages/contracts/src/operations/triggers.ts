import { z } from 'zod';
import { listFiringsQuery, listTriggersQuery } from '../http/list-queries.ts';
import { firingList } from '../http/schedule.ts';
import {
  createTriggerBody,
  pauseTriggerBody,
  putTriggerBody,
  resumeTriggerBody,
  runTriggerAnswer,
  runTriggerBody,
  trigger,
  TRIGGER_CONFIGS,
  triggerList,
  typedTrigger,
  typedTriggerList,
  writtenTrigger,
} from '../http/trigger.ts';
import { whyNot } from '../http/why-not.ts';
import { defineOperation, json, noContent } from './operation.ts';
import {
  ETAG,
  IDEMPOTENCY_KEY,
  IDEMPOTENT_REPLAYED,
  IF_MATCH,
  IF_NONE_MATCH,
  LOCATION,
  pipelinePath,
  pipelineTriggerPath,
  REQUESTED_BY,
  triggerPath,
} from './parameters.ts';

const named = '/api/v1/pipelines/{namespace}/{layer}/{name}/triggers/{trigger}';
const ofPipeline = '/api/v1/pipelines/{namespace}/{layer}/{name}/triggers';
const one = '/api/v1/triggers/{id}';

export const listTriggers = defineOperation({
  id: 'listTriggers',
  method: 'get',
  path: '/api/v1/triggers',
  params: {},
  summary: 'A page of triggers, by pipeline and name',
  query: listTriggersQuery,
  answers: { 200: json('The page', triggerList) },
  errors: [],
  access: { role: 'viewer', namespace: 'query' },
  retry: 'safe',
});

export const getTrigger = defineOperation({
  id: 'getTrigger',
  method: 'get',
  path: one,
  params: triggerPath,
  summary: 'One trigger',
  answers: { 200: { ...json('The trigger', trigger), headers: ETAG } },
  errors: [404],
  access: { role: 'viewer', namespace: 'trigger' },
  retry: 'safe',
});

export const getPipelineTrigger = defineOperation({
  id: 'getPipelineTrigger',
  method: 'get',
  path: named,
  params: pipelineTriggerPath,
  summary: 'One trigger of a pipeline, by its name; by its id, as other clients know it',
  answers: { 200: { ...json('The trigger', z.union([trigger, typedTrigger])), headers: ETAG } },
  errors: [404],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const listPipelineTriggers = defineOperation({
  id: 'listPipelineTriggers',
  method: 'get',
  path: ofPipeline,
  params: pipelinePath,
  summary: 'The triggers and schedules of a pipeline, as other clients know them',
  answers: { 200: json('All of them, by name', typedTriggerList) },
  errors: [404],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const createPipelineTrigger = defineOperation({
  id: 'createPipelineTrigger',
  method: 'post',
  path: ofPipeline,
  params: pipelinePath,
  summary: 'Makes a trigger of a pipeline, as other clients know it',
  description:
    'The type `cron` makes a schedule. Without a name it gets a free one. A PUT under a name is safe to send twice. Under the same `Idempotency-Key`, a webhook is a 409 that names it: its secret is shown once.',
  headers: { ...IDEMPOTENCY_KEY, ...REQUESTED_BY },
  body: createTriggerBody,
  requiresBody: true,
  answers: { 201: { ...json('The trigger', typedTrigger), headers: IDEMPOTENT_REPLAYED } },
  errors: [404, 409, 422],
  access: { role: 'author', namespace: 'path' },
  retry: 'key',
});

export const putPipelineTrigger = defineOperation({
  id: 'putPipelineTrigger',
  method: 'put',
  path: named,
  params: pipelineTriggerPath,
  summary: 'Makes a trigger of a pipeline under a name, or replaces its settings',
  description:
    'A field that is left out has its default; `enabled` that is left out stays as it is. The trigger keeps its id. A new one, and one that watches something else now, waits for changes from now on. 422 when the pipeline would make itself run. 409 for a change of one with `managed_by: files`: the `automation.yaml` of the pipeline sets it, and only `enabled` and `secrets` change here. Under an id it changes `config`, `enabled` and `cooldown_seconds`, in the words of other clients.',
  headers: { ...IF_MATCH, ...IF_NONE_MATCH, ...REQUESTED_BY },
  body: putTriggerBody,
  documentedBody: z.discriminatedUnion('kind', [
    putTriggerBody.extend({ kind: z.literal('upload'), config: TRIGGER_CONFIGS.upload }),
    putTriggerBody.extend({ kind: z.literal('upstream'), config: TRIGGER_CONFIGS.upstream }),
    putTriggerBody.extend({ kind: z.literal('table'), config: TRIGGER_CONFIGS.table }),
    putTriggerBody.extend({ kind: z.literal('dependency'), config: TRIGGER_CONFIGS.dependency }),
    putTriggerBody.extend({ kind: z.literal('webhook'), config: TRIGGER_CONFIGS.webhook }),
  ]),
  requiresBody: true,
  answers: {
    200: {
      ...json('The trigger with its new settings', z.union([writtenTrigger, typedTrigger])),
      headers: ETAG,
    },
    201: { ...json('The new trigger', writtenTrigger), headers: ETAG },
  },
  errors: [404, 409, 412, 422],
  access: { role: 'author', namespace: 'path' },
  retry: 'safe',
});

export const deletePipelineTrigger = defineOperation({
  id: 'deletePipelineTrigger',
  method: 'delete',
  path: named,
  params: pipelineTriggerPath,
  summary: 'Deletes a trigger of a pipeline, by its name; its runs stay',
  description:
    '409 for one with `managed_by: files`: remove it from the `automation.yaml` of the pipeline.',
  headers: IF_MATCH,
  answers: { 204: noContent('The trigger is gone') },
  negotiates: true,
  errors: [404, 409, 412],
  access: { role: 'author', namespace: 'path' },
  retry: 'safe',
});

export const pauseTrigger = defineOperation({
  id: 'pauseTrigger',
  method: 'post',
  path: `${one}/pause`,
  params: triggerPath,
  summary: 'Pauses a trigger',
  description: 'What changes during the pause does not count later, unless the resume says so.',
  headers: REQUESTED_BY,
  body: pauseTriggerBody,
  answers: { 200: { ...json('The trigger', trigger), headers: ETAG } },
  errors: [404],
  access: { role: 'operator', namespace: 'trigger' },
  retry: 'safe',
});

export const resumeTrigger = defineOperation({
  id: 'resumeTrigger',
  method: 'post',
  path: `${one}/resume`,
  params: triggerPath,
  summary: 'Resumes a paused trigger',
  body: resumeTriggerBody,
  answers: { 200: { ...json('The trigger', trigger), headers: ETAG } },
  errors: [404],
  access: { role: 'operator', namespace: 'trigger' },
  retry: 'safe',
});

export const runTrigger = defineOperation({
  id: 'runTrigger',
  method: 'post',
  path: `${one}/run`,
  params: triggerPath,
  summary: 'Runs a trigger now, also a paused one',
  description:
    'What has changed counts later all the same. 409 when the overlap policy allows no run now.',
  headers: { ...IDEMPOTENCY_KEY, ...REQUESTED_BY },
  body: runTriggerBody,
  answers: {
    202: {
      ...json('The run is stored and will be executed', runTriggerAnswer),
      headers: { ...LOCATION, ...IDEMPOTENT_REPLAYED },
    },
  },
  errors: [404, 409, 422],
  access: { role: 'operator', namespace: 'trigger' },
  retry: 'key',
  makesRuns: true,
});

export const listTriggerFirings = defineOperation({
  id: 'listTriggerFirings',
  method: 'get',
  path: `${one}/firings`,
  params: triggerPath,
  summary: 'What a trigger decided, the newest first',
  description: 'A decision that made no run has a firing too, with its reason. Kept for 90 days.',
  query: listFiringsQuery,
  answers: { 200: json('The page', firingList) },
  errors: [404],
  access: { role: 'viewer', namespace: 'trigger' },
  retry: 'safe',
});

export const getWhyNot = defineOperation({
  id: 'getWhyNot',
  method: 'get',
  path: '/api/v1/pipelines/{namespace}/{layer}/{name}/why-not',
  params: pipelinePath,
  summary: 'Why a pipeline does not run by itself now',
  answers: { 200: json('The reason of each of its schedules and triggers', whyNot) },
  errors: [404],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});
