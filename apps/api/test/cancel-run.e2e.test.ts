import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { extendLeases } from '@rat/store';
import { backends, eventually, bestOf, openEventStream } from '@rat/testing';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

describe.each(backends())('POST /api/v1/runs/{id}/cancel on %s', (backend) => {
  let api: ApiFixture;

  beforeAll(async () => {
    api = await openApi({ backend });
  });
  afterAll(() => api.close());

  async function cancel(runId: string): Promise<{ status: number; body: unknown; ms: number }> {
    const start = performance.now();
    const { status, body } = await supertest(api.url).post(`/api/v1/runs/${runId}/cancel`);
    return { status, body, ms: performance.now() - start };
  }

  async function cancelRequested(runId: string): Promise<void> {
    await eventually('the cancel is requested', async () => {
      const [lease] = await extendLeases(api.db, [{ runId, attempt: 1 }], 60_000);
      return lease?.cancelRequested;
    });
  }

  async function statusOf(runId: string): Promise<string> {
    return (await supertest(api.url).get(`/api/v1/runs/${runId}`)).body.status;
  }

  test('a cancel waits at most two seconds for an unresponsive runner, whose late success is dropped', async () => {
    const runId = await api.runner.start();
    const stream = await openEventStream(`${api.url}/api/v1/runs/${runId}/logs`);
    const answer = await cancel(runId);
    expect(answer).toMatchObject({ status: 200, body: { run_id: runId, status: 'cancelled' } });
    expect(answer.ms).toBeGreaterThan(1_900);
    expect(answer.ms).toBeLessThan(4_000);
    expect(await statusOf(runId)).toBe('cancelled');
    await expect(api.runner.succeed(runId)).rejects.toThrow('fenced');
    expect(await statusOf(runId)).toBe('cancelled');
    const seen: string[] = [];
    for await (const event of stream) {
      const data = JSON.parse(event.data);
      seen.push(data.status ?? data.message);
    }
    expect(seen).toEqual(['pending', 'running', 'Cancel requested', 'cancelled']);
  });

  test('a cancel detects by polling that a runner has stopped without a hint', async () => {
    const took = await bestOf({ times: 3, enough: 1_500 }, async () => {
      const runId = await api.silentRunner.start();
      const answering = cancel(runId);
      await cancelRequested(runId);
      await api.silentRunner.settle(runId, { kind: 'cancel' });
      const answer = await answering;
      expect(answer.status).toBe(200);
      return answer.ms;
    });
    expect(took).toBeLessThan(1_500);
  });

  test('two cancels of a running run at once are both 200; a third, later, is a 409', async () => {
    const runId = await api.runner.start();
    const both = Promise.all([cancel(runId), cancel(runId)]);
    expect((await both).map((answer) => answer.status)).toEqual([200, 200]);
    expect((await cancel(runId)).status).toBe(409);
  });

  test('two cancels of a pending run at once: one cancels, the other finds it cancelled', async () => {
    const runId = await api.runner.create();
    const both = await Promise.all([cancel(runId), cancel(runId)]);
    expect(new Set(both.map((answer) => answer.status))).toEqual(new Set([200, 409]));
  });

  test('a cancel that races with the end of the run reports the actual status', async () => {
    for (let n = 0; n < 20; n += 1) {
      const runId = await api.runner.start();
      const [answer] = await Promise.all([cancel(runId), api.runner.publish(runId)]);
      expect([answer.status, await statusOf(runId)]).toEqual(
        answer.status === 200 ? [200, 'cancelled'] : [409, 'success'],
      );
    }
  });
});
