import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { errorEnvelope, runLogs } from '@rat/contracts';
import { backends, type StreamEvent } from '@rat/testing';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { LogReader } from './log-reader.ts';

const UNKNOWN_RUN = '01a20ef9-f047-728a-aa9d-e0b47a3918b8';

describe.each(backends())('the logs of a run on %s', (backend) => {
  let api: ApiFixture;
  let http: ReturnType<typeof supertest>;
  let logs: LogReader;

  beforeAll(async () => {
    api = await openApi({ backend });
    http = supertest(api.url);
    logs = new LogReader(api.url);
  });
  afterAll(() => api.close());

  describe('GET /api/v1/runs/{id}/logs as JSON', () => {
    test('the JSON log has every line in order, and the run’s status', async () => {
      const runId = await api.runner.runTo('success');
      const answer = await http.get(`/api/v1/runs/${runId}/logs`).expect(200);
      expect(answer.get('Content-Type')).toBe('application/json; charset=utf-8');
      const log = runLogs.parse(answer.body);
      expect(log.status).toBe('success');
      expect(log.logs.map((line) => line.message)).toEqual([
        'Starting pipeline silver.orders',
        'Executing SQL...',
        'Published default.silver.orders: 12340 rows, branch merged',
      ]);
      expect(log.logs[0]).toMatchObject({ level: 'info', phase: 'build', attempt: 1 });
    });

    test('the JSON log of a run without lines is an empty list', async () => {
      const runId = await api.runner.create();
      const { body } = await http.get(`/api/v1/runs/${runId}/logs`).expect(200);
      expect(body).toEqual({ logs: [], status: 'pending' });
    });

    test.each([
      'application/json',
      '*/*',
      'text/html',
      'application/json, text/event-stream;q=0.9',
    ])('the log with Accept: %s is JSON', async (accept) => {
      const runId = await api.runner.create();
      const answer = await http.get(`/api/v1/runs/${runId}/logs`).set('Accept', accept).expect(200);
      expect(answer.type).toBe('application/json');
      expect(answer.get('Vary')).toContain('Accept');
    });

    test.each([UNKNOWN_RUN, 'abc123'])(
      'the log of the unknown run %s is a 404 as JSON and as a stream',
      async (id) => {
        for (const accept of ['application/json', 'text/event-stream']) {
          const answer = await http.get(`/api/v1/runs/${id}/logs`).set('Accept', accept);
          expect(answer.status).toBe(404);
          expect(errorEnvelope.parse(answer.body).error.message).toBe('run not found');
        }
      },
    );
  });

  describe('GET /api/v1/runs/{id}/logs as an event stream', () => {
    test('the stream of a finished run is complete, ends with its status, and closes the connection', async () => {
      const events = await logs.collect(await api.runner.runTo('success'));
      expect(events.map((event) => event.event)).toEqual([
        'status',
        'status',
        'log',
        'log',
        'log',
        'status',
        'end',
      ]);
      const statuses = events.filter((e) => e.event === 'status').map((e) => JSON.parse(e.data));
      expect(statuses.map((data) => data.status)).toEqual(['pending', 'running', 'success']);
      expect(statuses[2]).toEqual({
        status: 'success',
        rows_written: 12_340,
        duration_ms: expect.any(Number),
        error: null,
      });
      const line = JSON.parse(events[2]?.data ?? '');
      expect(line).toMatchObject({ level: 'info', message: 'Starting pipeline silver.orders' });
      expect(line.timestamp).toMatch(/Z$/);
      expect(events.map((event) => event.id)).toEqual(['1', '2', '3', '4', '5', '6', '6.end']);
    });

    test('the stream of a failed run has its error just before its status', async () => {
      const events = await logs.collect(await api.runner.runTo('failed'));
      expect(
        events.slice(-3, -1).map(({ event, data }) => ({ event, data: JSON.parse(data) })),
      ).toEqual([
        { event: 'error', data: { message: 'no such column: amuont' } },
        {
          event: 'status',
          data: {
            status: 'failed',
            rows_written: null,
            duration_ms: expect.any(Number),
            error: 'no such column: amuont',
          },
        },
      ]);
    });

    test('the stream of an active run sends each line at once until the run ends', async () => {
      const runId = await api.runner.create();
      const stream = await logs.connect(runId);
      expect(stream.status).toBe(200);
      expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      expect(stream.headers.get('cache-control')).toBe('no-cache, no-transform');
      expect(stream.headers.get('x-accel-buffering')).toBe('no');
      const seen: string[] = [];
      // Each step waits for the previous event, so a response that is buffered would block the
      // test.
      const steps: Record<string, () => Promise<unknown>> = {
        pending: () => api.runner.claim(runId),
        running: () => api.runner.log(runId, ['one']),
        one: () => api.runner.log(runId, ['two', 'phase:build', 'three\nfour']),
        'three\nfour': () => api.runner.succeed(runId),
      };
      for await (const event of stream) {
        const data = JSON.parse(event.data);
        const what: string = data.status ?? data.message ?? event.event;
        seen.push(what);
        await steps[what]?.();
      }
      expect(seen).toEqual([
        'pending',
        'running',
        'one',
        'two',
        'success',
        'three\nfour',
        'Published default.silver.orders: 12340 rows, branch merged',
        'success',
        'end',
      ]);
    });

    test.each([
      'text/event-stream',
      'text/event-stream, */*;q=0.1',
      'text/event-stream, */*',
      'application/json;q=0.5, text/event-stream',
    ])('the log with Accept: %s is an event stream', async (accept) => {
      const runId = await api.runner.runTo('cancelled');
      const stream = await logs.connect(runId, { headers: { accept } });
      expect(stream.headers.get('content-type')).toContain('text/event-stream');
      const events: StreamEvent[] = [];
      for await (const event of stream) events.push(event);
      expect(JSON.parse(events.at(-2)?.data ?? '').status).toBe('cancelled');
    });
  });
});
