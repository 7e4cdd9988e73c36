import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { openEventStream, type EventStream, type StreamEvent } from '@rat/testing';
import { openApi, type ApiFixture } from './api-fixture.ts';

interface Change {
  id: string;
  run_id: string;
  status: string;
}

describe('GET /api/v1/events', () => {
  let api: ApiFixture;
  const open: EventStream[] = [];

  beforeAll(async () => {
    api = await openApi({ sweepMs: 300 });
  });
  afterEach(() => {
    for (const stream of open.splice(0)) stream.close();
  });
  afterAll(() => api.close());

  async function connect(query = '', lastEventId?: string): Promise<AsyncIterator<StreamEvent>> {
    const stream = await openEventStream(
      `${api.url}/api/v1/events${query}`,
      lastEventId === undefined ? {} : { lastEventId },
    );
    open.push(stream);
    expect(stream.status).toBe(200);
    return stream[Symbol.asyncIterator]();
  }

  async function take(events: AsyncIterator<StreamEvent>, count: number): Promise<Change[]> {
    const changes: Change[] = [];
    while (changes.length < count) {
      const next = await events.next();
      if (next.done === true) throw new Error('the stream ended');
      expect(next.value.event).toBe('status');
      changes.push({ id: next.value.id, ...JSON.parse(next.value.data) });
    }
    return changes;
  }

  const of = (changes: Change[], runId: string): string[] =>
    changes.filter((one) => one.run_id === runId).map((one) => one.status);

  test.each(['runner', 'silentRunner'] as const)(
    'the event stream sends the changes of every run in order, as the %s makes them',
    async (name) => {
      const events = await connect();
      const [a, b] = [await api[name].runTo('success'), await api[name].runTo('failed')];
      const changes = await take(events, 6);
      expect(of(changes, a)).toEqual(['pending', 'running', 'success']);
      expect(of(changes, b)).toEqual(['pending', 'running', 'failed']);
      expect(changes.find((one) => one.status === 'success')).toMatchObject({
        namespace: 'default',
        layer: 'silver',
        pipeline: 'orders',
        attempt: 1,
        rows_written: 12_340,
        duration_ms: expect.any(Number),
        error: null,
        timestamp: expect.stringMatching(/Z$/),
      });
    },
  );

  test('an event stream that resumes after any event sends exactly the rest', async () => {
    const events = await connect();
    await api.runner.runTo('success');
    await api.runner.runTo('cancelled');
    const whole = await take(events, 6);
    for (const [index, { id }] of whole.entries()) {
      const rest = whole.slice(index + 1);
      expect(await take(await connect('', id), rest.length)).toEqual(rest);
      expect(await take(await connect(`?after=${id}`), rest.length)).toEqual(rest);
    }
  });

  test('a filter passes only matching changes', async () => {
    const failures = await connect('?namespace=default&layer=silver&pipeline=orders&status=failed');
    const filtered = await connect('?pipeline=customers');
    await api.runner.runTo('success');
    const failed = await api.runner.runTo('failed');
    const [only] = await take(failures, 1);
    expect(only).toMatchObject({ run_id: failed, status: 'failed' });
    for (const stream of open) stream.close();
    expect((await filtered.next()).done).toBe(true);
  });

  test.each(['x', '5', '1-', '1-2-3', '-1-2', '9999999999999999999-1', '999999999999999999-1'])(
    'the invalid cursor %s is a 400',
    async (after) => {
      for (const headers of [{}, { 'last-event-id': after }]) {
        const query = 'last-event-id' in headers ? '' : `?after=${after}`;
        const answer = await fetch(`${api.url}/api/v1/events${query}`, { headers });
        expect(answer.status).toBe(400);
      }
    },
  );

  test('HEAD /events returns the headers of a stream and ends', async () => {
    const answer = await fetch(`${api.url}/api/v1/events`, { method: 'HEAD' });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    expect(await answer.text()).toBe('');
  });
});
