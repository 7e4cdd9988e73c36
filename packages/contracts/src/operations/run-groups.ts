import { z } from 'zod';
import { runGroupAnswer, runGroupBody, runGroupCreated, runGroupPlan } from '../http/run-group.ts';
import { defineOperation, json } from './operation.ts';
import { IDEMPOTENCY_KEY, IDEMPOTENT_REPLAYED, REQUESTED_BY } from './parameters.ts';

const groupPath = { id: z.uuid() };

export const createRunGroup = defineOperation({
  id: 'createRunGroup',
  method: 'post',
  path: '/api/v1/run-groups',
  params: {},
  summary: 'Runs a pipeline with those above and below it, each once and after its needs',
  description:
    'A pipeline gets its run when all pipelines of the group that it reads have succeeded. One whose needs fail is `blocked`. Pipelines of namespaces that the token does not hold are left out.',
  headers: { ...IDEMPOTENCY_KEY, ...REQUESTED_BY },
  body: runGroupBody,
  requiresBody: true,
  answers: {
    200: json('What would run, for `dry_run`', runGroupPlan),
    202: { ...json('The group is stored', runGroupCreated), headers: IDEMPOTENT_REPLAYED },
  },
  errors: [404, 409, 422],
  access: { role: 'operator', namespace: 'body' },
  retry: 'key',
  makesRuns: true,
});

export const getRunGroup = defineOperation({
  id: 'getRunGroup',
  method: 'get',
  path: '/api/v1/run-groups/{id}',
  params: groupPath,
  summary: 'A group of runs, with the state of each of its pipelines',
  answers: { 200: json('The group', runGroupAnswer) },
  errors: [404],
  access: { role: 'viewer', namespace: 'group' },
  retry: 'safe',
});

export const cancelRunGroup = defineOperation({
  id: 'cancelRunGroup',
  method: 'post',
  path: '/api/v1/run-groups/{id}/cancel',
  params: groupPath,
  summary: 'Cancels the runs of a group that have not ended, and starts no more',
  description: 'Answers once every run of the group has ended.',
  answers: { 200: json('The group', runGroupAnswer) },
  errors: [404, 504],
  access: { role: 'operator', namespace: 'group' },
  retry: 'safe',
});

export const retryRunGroup = defineOperation({
  id: 'retryRunGroup',
  method: 'post',
  path: '/api/v1/run-groups/{id}/retry',
  params: groupPath,
  summary: 'Runs again what did not succeed in a group that has ended',
  headers: IDEMPOTENCY_KEY,
  answers: { 202: { ...json('The group', runGroupAnswer), headers: IDEMPOTENT_REPLAYED } },
  errors: [404, 409],
  access: { role: 'operator', namespace: 'group' },
  retry: 'key',
  makesRuns: true,
});
