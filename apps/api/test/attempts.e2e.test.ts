import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runDetail, type RunDetail } from '@rat/contracts';
import { appendEvents } from '@rat/store';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

const BODY = { namespace: 'default', layer: 'silver', pipeline: 'orders' };

let api: ApiFixture;
let http: ReturnType<typeof supertest>;
beforeAll(async () => {
  api = await openApi();
  http = supertest(api.url);
});
afterAll(() => api.close());

test('GET /runs/{id} lists every attempt, and the run is pending between two attempts', async () => {
  const runId = await api.runner.start();
  const failure = { code: 'storage_unavailable', message: 'disk away', phase: 'write' } as const;
  await api.runner.settle(runId, { kind: 'retry', failure, delayMs: 60_000 });
  const { body } = await http.get(`/api/v1/runs/${runId}`).expect(200);
  const run = runDetail.parse(body);
  expect(run).toMatchObject({ status: 'pending', error: null, failure: null, attempt: 1 });
  expect(run.attempts).toMatchObject([
    { attempt: 1, runner: 'simulated', outcome: 'failed', failure },
  ]);
  expect(Date.parse(run.next_attempt_at ?? '')).toBeGreaterThan(
    Date.parse(run.attempts[0]?.finished_at ?? ''),
  );
});

test('POST /runs accepts limits for one run, and refuses limits that a pipeline cannot have', async () => {
  const own = { max_retries: 5, retry_delay_seconds: 1.5, timeout_seconds: 60 };
  const created = await http
    .post('/api/v1/runs')
    .send({ ...BODY, ...own })
    .expect(202);
  const run = await http.get(`/api/v1/runs/${created.body.run_id}`);
  expect(run.body).toMatchObject({ max_attempts: 6 });
  for (const [field, value] of [
    ['max_retries', 21],
    ['max_retries', 1.5],
    ['retry_delay_seconds', -1],
    ['timeout_seconds', 0],
    // Above the limit of this installation.
    ['timeout_seconds', 3_601],
    ['timeout_seconds', '60'],
  ] as const) {
    const refused = await http.post('/api/v1/runs').send({ ...BODY, [field]: value });
    expect(refused.status).toBe(400);
    expect(refused.body.error.message).toContain(field);
  }
});

test('GET /runs/{id} counts the lines of its log by level, from the first attempt on', async () => {
  const runId = await api.runner.create();
  const logOf = async (): Promise<RunDetail['log']> => {
    const { body } = await http.get(`/api/v1/runs/${runId}`).expect(200);
    return runDetail.parse(body).log;
  };
  expect(await logOf()).toBeNull();
  await api.runner.claim(runId);
  const none = { debug: 0, info: 0, warn: 0, error: 0 };
  expect(await logOf()).toEqual({ lines: 0, by_level: none, first_error_seq: null });
  await api.runner.log(runId, ['one', 'phase:build', 'two']);
  const info = { lines: 2, by_level: { ...none, info: 2 }, first_error_seq: null };
  expect(await logOf()).toEqual(info);

  const event = { kind: 'log', at: new Date(), phase: undefined, message: 'x' } as const;
  const levels = ['warn', 'error', 'error', 'debug'] as const;
  const held = { runId, attempt: 1, alreadyAppended: 3 };
  const rows = levels.map((level) => ({ ...event, level }));
  const answer = await appendEvents(api.db, held, rows);
  if (answer.kind === 'fenced') throw new Error('the append was fenced');
  const failed = {
    lines: 6,
    by_level: { debug: 1, info: 2, warn: 1, error: 2 },
    first_error_seq: answer.lastSeq - 2,
  };
  expect(await logOf()).toEqual(failed);
  await api.runner.fail(runId);
  expect(await logOf()).toEqual(failed);

  const { body } = await http.get(`/api/v1/runs/${runId}/logs?level=error&limit=1`).expect(200);
  expect(body.logs[0].seq).toBe(failed.first_error_seq);
  const { body: list } = await http.get('/api/v1/runs?limit=1').expect(200);
  expect(list.runs[0]).not.toHaveProperty('log');
});
