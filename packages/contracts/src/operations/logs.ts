import { z } from 'zod';
import { runEventsQuery, runLogsQuery } from '../http/run-queries.ts';
import { runLogs } from '../http/run-logs.ts';
import { defineOperation, noContent } from './operation.ts';
import { LAST_EVENT_ID, runPath } from './parameters.ts';

const text = z.string();

export const getRunLogs = defineOperation({
  id: 'getRunLogs',
  method: 'get',
  path: '/api/v1/runs/{id}/logs',
  params: runPath,
  summary: 'The log of a run, at once or live',
  description:
    'As JSON, NDJSON or text by `format` or by `Accept`, or as an event stream: `log`, `phase`, `progress` and `status` events, each with an id to resume after, and one `end` event with the number of lines and their SHA-256. The stream ends after `end`; a client that resumes after it gets 204.',
  query: runLogsQuery,
  headers: LAST_EVENT_ID,
  answers: {
    200: {
      description: 'The lines',
      content: {
        'application/json': runLogs,
        'application/x-ndjson': text,
        'text/plain': text,
        'text/event-stream': text,
      },
    },
    204: noContent('The client has every event of a finished run'),
  },
  negotiates: true,
  errors: [404, 429, 503],
  access: { role: 'viewer', namespace: 'run' },
  retry: 'safe',
  stream: true,
});

export const streamEvents = defineOperation({
  id: 'streamEvents',
  method: 'get',
  path: '/api/v1/events',
  params: {},
  summary: 'The status changes of all runs, live',
  description:
    '`status` events from now on, or after the id of an earlier one. The stream has no end.',
  query: runEventsQuery,
  headers: LAST_EVENT_ID,
  answers: { 200: { description: 'The events', content: { 'text/event-stream': text } } },
  errors: [429, 503],
  access: { role: 'viewer', namespace: 'query' },
  retry: 'safe',
  stream: true,
});
