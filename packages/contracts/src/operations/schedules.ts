import { listFiringsQuery, listSchedulesQuery, nextTimesQuery } from '../http/list-queries.ts';
import {
  createScheduleBody,
  firingList,
  nextTimes,
  pauseScheduleBody,
  previewScheduleBody,
  putScheduleBody,
  resumeScheduleBody,
  runScheduleAnswer,
  runScheduleBody,
  schedule,
  scheduleList,
  schedulePreview,
} from '../http/schedule.ts';
import { defineOperation, json, noContent } from './operation.ts';
import {
  ETAG,
  IDEMPOTENCY_KEY,
  IDEMPOTENT_REPLAYED,
  IF_MATCH,
  IF_NONE_MATCH,
  LOCATION,
  pipelineSchedulePath,
  REQUESTED_BY,
  schedulePath,
} from './parameters.ts';

const named = '/api/v1/pipelines/{namespace}/{layer}/{name}/schedules/{schedule}';
const one = '/api/v1/schedules/{id}';

export const listSchedules = defineOperation({
  id: 'listSchedules',
  method: 'get',
  path: '/api/v1/schedules',
  params: {},
  summary: 'A page of schedules, by pipeline and name',
  query: listSchedulesQuery,
  answers: { 200: json('The page', scheduleList) },
  errors: [],
  access: { role: 'viewer', namespace: 'query' },
  retry: 'safe',
});

export const createSchedule = defineOperation({
  id: 'createSchedule',
  method: 'post',
  path: '/api/v1/schedules',
  params: {},
  summary: 'Makes a schedule of a pipeline',
  description:
    'Without a name it gets a free one. A PUT under a name is safe to send twice. 409 when the name is taken.',
  headers: { ...IDEMPOTENCY_KEY, ...REQUESTED_BY },
  body: createScheduleBody,
  requiresBody: true,
  answers: {
    201: {
      ...json('The schedule', schedule),
      headers: {
        ...ETAG,
        ...IDEMPOTENT_REPLAYED,
        Location: { description: 'The path of the new schedule' },
      },
    },
  },
  errors: [404, 409, 422],
  access: { role: 'author', namespace: 'body' },
  retry: 'key',
});

export const previewSchedule = defineOperation({
  id: 'previewSchedule',
  method: 'post',
  path: '/api/v1/schedules/preview',
  params: {},
  summary: 'When a pattern or an interval would fire; stores nothing',
  body: previewScheduleBody,
  requiresBody: true,
  answers: { 200: json('The times', schedulePreview) },
  errors: [],
  access: { role: 'viewer', namespace: 'none' },
  retry: 'safe',
});

export const getSchedule = defineOperation({
  id: 'getSchedule',
  method: 'get',
  path: one,
  params: schedulePath,
  summary: 'One schedule',
  answers: { 200: { ...json('The schedule', schedule), headers: ETAG } },
  errors: [404],
  access: { role: 'viewer', namespace: 'schedule' },
  retry: 'safe',
});

export const changeSchedule = defineOperation({
  id: 'changeSchedule',
  method: 'put',
  path: one,
  params: schedulePath,
  summary: 'Changes settings of a schedule',
  description:
    'A field that is left out stays as it is; null gives it its default. What was due by the old settings fires first. 409 for a change of one with `managed_by: files`: the `automation.yaml` of the pipeline sets it, and only `enabled` changes here.',
  headers: { ...IF_MATCH, ...REQUESTED_BY },
  body: putScheduleBody,
  requiresBody: true,
  answers: { 200: { ...json('The schedule', schedule), headers: ETAG } },
  errors: [404, 409, 412, 422],
  access: { role: 'author', namespace: 'schedule' },
  retry: 'safe',
});

export const deleteSchedule = defineOperation({
  id: 'deleteSchedule',
  method: 'delete',
  path: one,
  params: schedulePath,
  summary: 'Deletes a schedule; its runs stay',
  description:
    '409 for one with `managed_by: files`: remove it from the `automation.yaml` of the pipeline.',
  headers: IF_MATCH,
  answers: { 204: noContent('The schedule is gone') },
  negotiates: true,
  errors: [404, 409, 412],
  access: { role: 'author', namespace: 'schedule' },
  retry: 'safe',
});

export const getPipelineSchedule = defineOperation({
  id: 'getPipelineSchedule',
  method: 'get',
  path: named,
  params: pipelineSchedulePath,
  summary: 'One schedule of a pipeline, by its name',
  answers: { 200: { ...json('The schedule', schedule), headers: ETAG } },
  errors: [404],
  access: { role: 'viewer', namespace: 'path' },
  retry: 'safe',
});

export const putPipelineSchedule = defineOperation({
  id: 'putPipelineSchedule',
  method: 'put',
  path: named,
  params: pipelineSchedulePath,
  summary: 'Makes a schedule of a pipeline under a name, or replaces its settings',
  description:
    'A field that is left out has its default; `enabled` that is left out stays as it is. The schedule keeps its id. What was due by the old settings fires first. 409 for a change of one with `managed_by: files`: the `automation.yaml` of the pipeline sets it, and only `enabled` changes here.',
  headers: { ...IF_MATCH, ...IF_NONE_MATCH, ...REQUESTED_BY },
  body: putScheduleBody,
  requiresBody: true,
  answers: {
    200: { ...json('The schedule with its new settings', schedule), headers: ETAG },
    201: { ...json('The new schedule', schedule), headers: ETAG },
  },
  errors: [404, 409, 412, 422],
  access: { role: 'author', namespace: 'path' },
  retry: 'safe',
});

export const deletePipelineSchedule = defineOperation({
  id: 'deletePipelineSchedule',
  method: 'delete',
  path: named,
  params: pipelineSchedulePath,
  summary: 'Deletes a schedule of a pipeline, by its name; its runs stay',
  description:
    '409 for one with `managed_by: files`: remove it from the `automation.yaml` of the pipeline.',
  headers: IF_MATCH,
  answers: { 204: noContent('The schedule is gone') },
  negotiates: true,
  errors: [404, 409, 412],
  access: { role: 'author', namespace: 'path' },
  retry: 'safe',
});

export const pauseSchedule = defineOperation({
  id: 'pauseSchedule',
  method: 'post',
  path: `${one}/pause`,
  params: schedulePath,
  summary: 'Pauses a schedule',
  description: 'The times of the pause are not due later, unless the resume says so.',
  headers: REQUESTED_BY,
  body: pauseScheduleBody,
  answers: { 200: { ...json('The schedule', schedule), headers: ETAG } },
  errors: [404],
  access: { role: 'operator', namespace: 'schedule' },
  retry: 'safe',
});

export const resumeSchedule = defineOperation({
  id: 'resumeSchedule',
  method: 'post',
  path: `${one}/resume`,
  params: schedulePath,
  summary: 'Resumes a paused schedule',
  body: resumeScheduleBody,
  answers: { 200: { ...json('The schedule', schedule), headers: ETAG } },
  errors: [404],
  access: { role: 'operator', namespace: 'schedule' },
  retry: 'safe',
});

export const runSchedule = defineOperation({
  id: 'runSchedule',
  method: 'post',
  path: `${one}/run`,
  params: schedulePath,
  summary: 'Runs a schedule now, also a paused one',
  description:
    'Its next time stays. With `for`, a time of the schedule, the run is about the interval of that time; otherwise about none. 409 when the overlap policy allows no run now.',
  headers: { ...IDEMPOTENCY_KEY, ...REQUESTED_BY },
  body: runScheduleBody,
  answers: {
    202: {
      ...json('The run is stored and will be executed', runScheduleAnswer),
      headers: { ...LOCATION, ...IDEMPOTENT_REPLAYED },
    },
  },
  errors: [404, 409, 422],
  access: { role: 'operator', namespace: 'schedule' },
  retry: 'key',
  makesRuns: true,
});

export const getNextTimes = defineOperation({
  id: 'getNextTimes',
  method: 'get',
  path: `${one}/next`,
  params: schedulePath,
  summary: 'The next times of a schedule, also of a paused one',
  query: nextTimesQuery,
  answers: { 200: json('The times', nextTimes) },
  errors: [404],
  access: { role: 'viewer', namespace: 'schedule' },
  retry: 'safe',
});

export const listFirings = defineOperation({
  id: 'listFirings',
  method: 'get',
  path: `${one}/firings`,
  params: schedulePath,
  summary: 'What became of the times of a schedule, the newest first',
  description: 'A time that made no run has a firing too, with its reason. Kept for 90 days.',
  query: listFiringsQuery,
  answers: { 200: json('The page', firingList) },
  errors: [404],
  access: { role: 'viewer', namespace: 'schedule' },
  retry: 'safe',
});
