import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  cancelRunAnswer,
  createRunAnswer,
  errorEnvelope,
  runDetail,
  runList,
  runSummary,
  ticketId,
} from '@rat/contracts';
import { TERMINAL_STATUSES } from '@rat/domain';
import { backends, eventually } from '@rat/testing';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

const UNKNOWN_RUN = '01a20ef9-f047-728a-aa9d-e0b47a3918b8';
const ORDERS_BODY = { namespace: 'default', layer: 'silver', pipeline: 'orders' };

describe.each(backends())('the Runs API on %s', (backend) => {
  let api: ApiFixture;
  let http: ReturnType<typeof supertest>;

  beforeAll(async () => {
    api = await openApi({ backend });
    http = supertest(api.url);
  });
  afterAll(() => api.close());

  describe('POST /api/v1/runs', () => {
    test('the contract’s example of POST /runs answers 202 with a pending run', async () => {
      const answer = await http
        .post('/api/v1/runs')
        .set('Content-Type', 'application/json')
        .send(
          '{"namespace": "default", "layer": "silver", "pipeline": "orders", "trigger": "manual"}',
        );
      expect(answer.status).toBe(202);
      expect(Object.keys(answer.body)).toEqual(['run_id', 'status']);
      expect(createRunAnswer.parse(answer.body).status).toBe('pending');
      expect(answer.get('Location')).toBe(`/api/v1/runs/${answer.body.run_id}`);
    });

    test('an accepted run has a ticket in the queue, which says what it is for', async () => {
      const { body } = await http.post('/api/v1/runs').send(ORDERS_BODY).expect(202);
      const ticket = { runId: body.run_id as string, attempt: 1 };
      // The response does not wait for the ticket.
      const job = await eventually('it is there', () =>
        api.queue.bullQueue.getJob(ticketId(ticket)),
      );
      expect(job.data).toEqual({
        ...ticket,
        pipeline: 'default.silver.orders',
        trigger: 'manual',
      });
    });

    test('the trigger of a run is manual by default', async () => {
      for (const [given, kept] of [
        [undefined, 'manual'],
        ['', 'manual'],
        [null, 'manual'],
        ['schedule:hourly', 'schedule:hourly'],
        ['webhook', 'webhook'],
        ['é'.repeat(100), 'é'.repeat(100)],
      ]) {
        const { body } = await http.post('/api/v1/runs').send({ ...ORDERS_BODY, trigger: given });
        const run = await http.get(`/api/v1/runs/${body.run_id}`).expect(200);
        expect(run.body.trigger).toBe(kept);
      }
    });

    const SLUG_RULE =
      'namespace and pipeline must be a lowercase slug (a-z, 0-9, hyphens, underscores; must start with a letter)';
    const REQUIRED = 'namespace, layer, and pipeline are required';
    test.each<[string, unknown, string]>([
      ['nothing', undefined, 'invalid request body'],
      ['no JSON', '{"namespace": "default"', 'invalid request body'],
      ['an array', '[]', 'invalid request body'],
      ['null', 'null', 'invalid request body'],
      ['an empty object', {}, REQUIRED],
      ['no namespace', { ...ORDERS_BODY, namespace: undefined }, REQUIRED],
      ['an empty namespace', { ...ORDERS_BODY, namespace: '' }, REQUIRED],
      ['no layer', { ...ORDERS_BODY, layer: undefined }, REQUIRED],
      ['no pipeline', { ...ORDERS_BODY, pipeline: null }, REQUIRED],
      ['a missing field before a bad one', { layer: 'tin', pipeline: 'Orders' }, REQUIRED],
      ['an upper-case namespace', { ...ORDERS_BODY, namespace: 'Default' }, SLUG_RULE],
      ['a pipeline that begins with a digit', { ...ORDERS_BODY, pipeline: '1st' }, SLUG_RULE],
      ['a pipeline of 129 characters', { ...ORDERS_BODY, pipeline: 'a'.repeat(129) }, SLUG_RULE],
      ['a pipeline that is a path', { ...ORDERS_BODY, pipeline: '../etc' }, SLUG_RULE],
      ['a bad name before a bad layer', { ...ORDERS_BODY, pipeline: 'A', layer: 'tin' }, SLUG_RULE],
      [
        'an unknown layer',
        { ...ORDERS_BODY, layer: 'tin' },
        'layer must be bronze, silver, or gold',
      ],
      [
        'a trigger of 101 characters',
        { ...ORDERS_BODY, trigger: 'x'.repeat(101) },
        'trigger must be at most 100 printable characters',
      ],
      [
        'a trigger with a line break',
        { ...ORDERS_BODY, trigger: 'a\nb' },
        'trigger must be at most 100 printable characters',
      ],
      [
        'a full_refresh that is a word',
        { ...ORDERS_BODY, full_refresh: 'yes' },
        'full_refresh: must be true or false',
      ],
      ['a number for a name', { ...ORDERS_BODY, pipeline: 5 }, 'pipeline: must be a string'],
      ['a NUL in a string', '{"namespace":"a\\u0000b"}', 'invalid request body'],
      ['half a surrogate pair', '{"namespace":"a\\ud800b"}', 'invalid request body'],
    ])('POST /runs with %s is a 400 with a reason', async (_what, body, message) => {
      const request = http.post('/api/v1/runs').set('Content-Type', 'application/json');
      const answer = await (body === undefined ? request : request.send(body as object));
      expect(answer.status).toBe(400);
      expect(answer.body.error).toMatchObject({
        code: 'INVALID_ARGUMENT',
        type: 'VALIDATION',
        message,
      });
    });

    test.each([
      [true, true],
      [false, false],
      [null, false],
      [undefined, false],
    ])('POST /runs stores full_refresh %s as %s', async (full_refresh, expected) => {
      const { body } = await http.post('/api/v1/runs').send({ ...ORDERS_BODY, full_refresh });
      const run = await http.get(`/api/v1/runs/${body.run_id}`).expect(200);
      expect(runDetail.parse(run.body).full_refresh).toBe(expected);
    });

    test('POST /runs for an unknown pipeline is a 404', async () => {
      const answer = await http.post('/api/v1/runs').send({ ...ORDERS_BODY, pipeline: 'nobody' });
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual({
        error: { code: 'NOT_FOUND', type: 'NOT_FOUND', message: 'pipeline not found' },
      });
    });
  });

  describe('GET /api/v1/runs/{id}', () => {
    test.each([...TERMINAL_STATUSES])(
      'GET /runs/{id} returns every field of a run that ended as %s',
      async (status) => {
        const runId = await api.runner.runTo(status);
        const { body } = await http.get(`/api/v1/runs/${runId}`).expect(200);
        const run = runDetail.parse(body);
        expect(run).toMatchObject({ id: runId, ...ORDERS_BODY, status, trigger: 'manual' });
        expect(run.duration_ms).toBe(
          Date.parse(run.finished_at ?? '') - Date.parse(run.started_at ?? ''),
        );
        expect(run.queued_ms).toBeGreaterThanOrEqual(0);
        expect(run.rows_written).toBe(status === 'success' ? 12_340 : null);
        expect(run.error).toBe(status === 'failed' ? 'no such column: amuont' : null);
        expect(run.failure).toEqual(status === 'failed' ? { code: 'sql_error' } : null);
        expect(run.phases).toHaveLength(1);
        expect(run.pipeline_version).toBe(1);
      },
    );

    test('GET /runs/{id} has every key of a new run, with null for missing values', async () => {
      const runId = await api.runner.create();
      const { body } = await http.get(`/api/v1/runs/${runId}`).expect(200);
      expect(Object.keys(body).sort()).toEqual(Object.keys(runDetail.shape).sort());
      expect(body).toMatchObject({
        status: 'pending',
        started_at: null,
        finished_at: null,
        duration_ms: null,
        queued_ms: null,
        rows_written: null,
        error: null,
      });
    });

    test('GET /runs/{id} returns timestamps as ISO 8601 in UTC', async () => {
      const runId = await api.runner.runTo('success');
      const { body } = await http.get(`/api/v1/runs/${runId}`);
      for (const key of ['created_at', 'started_at', 'finished_at']) {
        expect(body[key]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      }
    });

    test.each([
      ['an unknown id', UNKNOWN_RUN],
      ['a text that is no id', 'abc123'],
      ['a blank', '%20'],
      ['a very long text', 'x'.repeat(2_000)],
    ])('%s is a 404', async (_what, id) => {
      const answer = await http.get(`/api/v1/runs/${id}`);
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual({
        error: { code: 'NOT_FOUND', type: 'NOT_FOUND', message: 'run not found' },
      });
    });
  });

  describe('GET /api/v1/runs', () => {
    test('the contract’s example of GET /runs lists exactly the matching runs', async () => {
      const runId = await api.runner.start();
      const { body } = await http
        .get('/api/v1/runs?namespace=default&layer=silver&pipeline=orders&status=running')
        .expect(200);
      const list = runList.parse(body);
      expect(list.runs.map((run) => run.id)).toEqual([runId]);
      expect(list.total).toBe(1);
      expect(Object.keys(body.runs[0]).sort()).toEqual(Object.keys(runSummary.shape).sort());
      await api.runner.succeed(runId);
    });

    test('GET /runs without a match is an empty list', async () => {
      const { body } = await http.get('/api/v1/runs?namespace=nobody').expect(200);
      expect(body).toEqual({ runs: [], total: 0, next_cursor: null });
    });
  });

  describe('POST /api/v1/runs/{id}/cancel', () => {
    test('a cancel ends a pending run at once, which then never executes', async () => {
      const runId = await api.runner.create();
      const answer = await http.post(`/api/v1/runs/${runId}/cancel`);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ run_id: runId, status: 'cancelled' });
      expect(cancelRunAnswer.parse(answer.body)).toBeDefined();
      const run = await http.get(`/api/v1/runs/${runId}`);
      expect(run.body).toMatchObject({ status: 'cancelled', started_at: null });
      expect(run.body.finished_at).not.toBeNull();
      await expect(api.runner.claim(runId)).rejects.toThrow('not there');
    });

    test('a cancel of a running run answers once its runner has stopped it', async () => {
      const runId = await api.runner.start();
      const requested = new Promise<void>((resolve) => {
        const stop = api.hints.subscribe({
          onHint: (hint) => {
            if (hint.kind !== 'cancel_requested' || hint.runId !== runId) return;
            stop();
            resolve();
          },
          onGap: () => undefined,
        });
      });
      const answering = http.post(`/api/v1/runs/${runId}/cancel`).then((answer) => answer);
      await requested;
      await api.runner.settle(runId, { kind: 'cancel' });
      const answer = await answering;
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ run_id: runId, status: 'cancelled' });
      expect((await http.get(`/api/v1/runs/${runId}`)).body.status).toBe('cancelled');
    });

    test.each([...TERMINAL_STATUSES])(
      'a cancel of a run that ended as %s is a 409',
      async (status) => {
        const runId = await api.runner.runTo(status);
        const answer = await http.post(`/api/v1/runs/${runId}/cancel`);
        expect(answer.status).toBe(409);
        expect(answer.body).toEqual({
          error: {
            code: 'ALREADY_EXISTS',
            type: 'CONFLICT',
            message: `run is not cancellable (status: ${status})`,
          },
        });
      },
    );

    test.each([UNKNOWN_RUN, 'abc123'])('a cancel of the unknown run %s is a 404', async (id) => {
      const answer = await http.post(`/api/v1/runs/${id}/cancel`);
      expect(answer.status).toBe(404);
      expect(errorEnvelope.parse(answer.body).error.message).toBe('run not found');
    });
  });
});
