import { z } from 'zod';
import {
  cancelPlanAnswer,
  cancelRunBody,
  cancelRunsAnswer,
  cancelRunsBody,
} from '../http/cancel.ts';
import { createRunBody } from '../http/create-run.ts';
import { listRunsQuery, runStatsQuery } from '../http/run-queries.ts';
import {
  decideRunBody,
  publishRunBody,
  revertRunAnswer,
  revertRunBody,
  runActionAnswer,
  runActionPlan,
} from '../http/run-action.ts';
import { rerunRunsAnswer, rerunRunsBody } from '../http/rerun.ts';
import { cancelRunAnswer, createRunAnswer, runDetail, runList } from '../http/run.ts';
import { runCauses } from '../http/run-causes.ts';
import { runSql } from '../http/run-sql.ts';
import { runStats } from '../http/run-stats.ts';
import { runWhy } from '../http/why.ts';
import { defineOperation, json } from './operation.ts';
import {
  IDEMPOTENCY_KEY,
  IDEMPOTENT_REPLAYED,
  LOCATION,
  REQUESTED_BY,
  runPath,
} from './parameters.ts';

const created = {
  ...json('The run was stored and will be executed', createRunAnswer),
  headers: { ...LOCATION, ...IDEMPOTENT_REPLAYED },
};

export const listRuns = defineOperation({
  id: 'listRuns',
  method: 'get',
  path: '/api/v1/runs',
  params: {},
  summary: 'A page of runs, filtered and sorted',
  description:
    'Filters match exactly, except `q`, which matches a part of the address or the beginning of an id. `status` takes several values. `pipeline_version` goes with `namespace`, `layer` and `pipeline`. Sort by a field with `sort` and `order`, or by `sort=-field`. Page with `limit` and `offset`, or with `cursor`, the `next_cursor` of the page before: it costs the same however deep the page is. `total` is exact.',
  query: listRunsQuery,
  lists: ['status'],
  answers: { 200: json('The page', runList) },
  errors: [],
  access: { role: 'viewer', namespace: 'query' },
  retry: 'safe',
});

export const getRunStats = defineOperation({
  id: 'getRunStats',
  method: 'get',
  path: '/api/v1/runs/stats',
  params: {},
  summary: 'How many runs were created in each hour or day, by status',
  description:
    'Without `from`, the last 24 hours or 30 days. Hours and days are those of UTC. At most 1,000 points.',
  query: runStatsQuery,
  answers: { 200: json('The points and what runs now', runStats) },
  errors: [],
  access: { role: 'viewer', namespace: 'query' },
  retry: 'safe',
});

export const createRun = defineOperation({
  id: 'createRun',
  method: 'post',
  path: '/api/v1/runs',
  params: {},
  summary: 'Triggers a run of a pipeline',
  description:
    'Answers as soon as the run is stored. A second request with the same `Idempotency-Key` and the same body gets the run of the first one, with `Idempotent-Replayed: true`; with another body it gets a 409. A pipeline whose setting is `on_conflict: skip` answers 409 while its runs use all its slots.',
  headers: { ...IDEMPOTENCY_KEY, ...REQUESTED_BY },
  body: createRunBody,
  requiresBody: true,
  answers: { 202: created },
  errors: [404, 409, 422],
  access: { role: 'operator', namespace: 'body' },
  retry: 'key',
  makesRuns: true,
});

export const getRun = defineOperation({
  id: 'getRun',
  method: 'get',
  path: '/api/v1/runs/{id}',
  params: runPath,
  summary: 'One run in full, with its attempts',
  answers: { 200: json('The run', runDetail) },
  errors: [404],
  access: { role: 'viewer', namespace: 'run' },
  retry: 'safe',
});

export const getRunWhy = defineOperation({
  id: 'getRunWhy',
  method: 'get',
  path: '/api/v1/runs/{id}/why',
  params: runPath,
  summary: 'What keeps a run from starting',
  answers: { 200: json('The reasons, and when the run may start', runWhy) },
  errors: [404],
  access: { role: 'viewer', namespace: 'run' },
  retry: 'safe',
});

export const getRunCauses = defineOperation({
  id: 'getRunCauses',
  method: 'get',
  path: '/api/v1/runs/{id}/causes',
  params: runPath,
  summary: 'The runs that led to a run, back to their roots',
  answers: { 200: json('The run, and the runs that led to it', runCauses) },
  errors: [404],
  access: { role: 'viewer', namespace: 'run' },
  retry: 'safe',
});

export const getRunSql = defineOperation({
  id: 'getRunSql',
  method: 'get',
  path: '/api/v1/runs/{id}/sql',
  params: runPath,
  summary: 'The SQL of a run: as its author wrote it, and as it was executed',
  description:
    'The compiled SQL and the statements, with their rows and times, are those that an attempt executed. They are there when the attempt has ended.',
  answers: { 200: json('The SQL', runSql) },
  errors: [404],
  access: { role: 'viewer', namespace: 'run' },
  retry: 'safe',
});

export const cancelRun = defineOperation({
  id: 'cancelRun',
  method: 'post',
  path: '/api/v1/runs/{id}/cancel',
  params: runPath,
  summary: 'Cancels a run',
  description:
    'Answers when the run has ended `cancelled`: nothing of it becomes public. 409 when it had ended before.',
  headers: REQUESTED_BY,
  body: cancelRunBody,
  answers: { 200: json('The run has ended `cancelled`', cancelRunAnswer) },
  errors: [404, 409],
  access: { role: 'operator', namespace: 'run' },
  retry: 'safe',
});

export const cancelRuns = defineOperation({
  id: 'cancelRuns',
  method: 'post',
  path: '/api/v1/runs/cancel',
  params: {},
  summary: 'Cancels many runs, in two steps',
  description:
    'With `filter`, answers which runs it would cancel and a `token`, and cancels nothing. With `token`, cancels exactly those runs.',
  headers: REQUESTED_BY,
  body: cancelRunsBody,
  answers: {
    200: json(
      'For a filter the plan, for a token what became of each run',
      z.union([cancelPlanAnswer, cancelRunsAnswer]),
    ),
  },
  errors: [404],
  access: { role: 'operator', namespace: 'runs' },
  retry: 'safe',
});

export const rerunRun = defineOperation({
  id: 'rerunRun',
  method: 'post',
  path: '/api/v1/runs/{id}/rerun',
  params: runPath,
  summary: 'Runs the pipeline of an ended run again, as the pipeline is today',
  headers: { ...IDEMPOTENCY_KEY, ...REQUESTED_BY },
  answers: { 202: created },
  errors: [404, 409],
  access: { role: 'operator', namespace: 'run' },
  retry: 'key',
  makesRuns: true,
});

export const rerunRuns = defineOperation({
  id: 'rerunRuns',
  method: 'post',
  path: '/api/v1/runs/rerun',
  params: {},
  summary: 'Runs the pipelines of many ended runs again',
  description:
    'Each as by `rerunRun`. A run that cannot be run again is reported with the reason and stops no other one. Under the same `Idempotency-Key`, a run that was run again is not run a second time.',
  headers: { ...IDEMPOTENCY_KEY, ...REQUESTED_BY },
  body: rerunRunsBody,
  requiresBody: true,
  answers: { 202: json('The runs were stored and will be executed', rerunRunsAnswer) },
  errors: [],
  access: { role: 'operator', namespace: 'runs' },
  retry: 'key',
  makesRuns: true,
});

export const reproduceRun = defineOperation({
  id: 'reproduceRun',
  method: 'post',
  path: '/api/v1/runs/{id}/reproduce',
  params: runPath,
  summary: 'Runs the same version of the pipeline on the same snapshots again',
  description:
    '409 while the run has not ended, and when it read files of a landing zone, which are not kept.',
  headers: { ...IDEMPOTENCY_KEY, ...REQUESTED_BY },
  answers: { 202: created },
  errors: [404, 409],
  access: { role: 'operator', namespace: 'run' },
  retry: 'key',
  makesRuns: true,
});

export const publishRun = defineOperation({
  id: 'publishRun',
  method: 'post',
  path: '/api/v1/runs/{id}/publish',
  params: runPath,
  summary: 'Publishes the rows of a run whose quality tests failed',
  description: 'With `dry_run`, answers what would be done, needs no reason, and does nothing.',
  body: publishRunBody,
  answers: {
    200: json('What was done, or would be', z.union([runActionAnswer, runActionPlan])),
  },
  errors: [404, 409, 422, 429, 503],
  access: { role: 'author', namespace: 'run' },
  retry: 'never',
});

export const discardRun = defineOperation({
  id: 'discardRun',
  method: 'post',
  path: '/api/v1/runs/{id}/discard',
  params: runPath,
  summary: 'Drops the rows of a run whose quality tests failed',
  body: decideRunBody,
  answers: { 200: json('What was done', runActionAnswer) },
  errors: [404, 409, 422, 429, 503],
  access: { role: 'author', namespace: 'run' },
  retry: 'never',
});

export const revertRun = defineOperation({
  id: 'revertRun',
  method: 'post',
  path: '/api/v1/runs/{id}/revert',
  params: runPath,
  summary: 'Makes the table what it was before a run',
  description:
    '409 when the table was published again after the run. With `dry_run`, answers what would be done, and does nothing.',
  body: revertRunBody,
  answers: {
    200: json(
      'What was done, or would be, and the runs that have read the rows',
      z.union([revertRunAnswer, runActionPlan]),
    ),
  },
  errors: [404, 409, 422, 429, 503],
  access: { role: 'author', namespace: 'run' },
  retry: 'never',
});
