import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StreamEvent } from '@rat/testing';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { LogReader } from './log-reader.ts';

describe('resuming an event stream', () => {
  let api: ApiFixture;
  let logs: LogReader;
  let runId: string;
  let whole: StreamEvent[];

  beforeAll(async () => {
    api = await openApi();
    logs = new LogReader(api.url);
    runId = await api.silentRunner.start();
    await api.silentRunner.log(runId, ['one', 'phase:build', 'two', 'three']);
    await api.silentRunner.fail(runId);
    whole = await logs.collect(runId);
  });

  afterAll(async () => {
    logs.closeAll();
    await api.close();
  });

  test('a stream that resumes after any event, by header or parameter, sends exactly the rest', async () => {
    expect(whole.map((event) => event.event)).toEqual([
      'status',
      'status',
      'log',
      'phase',
      'log',
      'log',
      'error',
      'status',
      'end',
    ]);
    for (const [index, event] of whole.entries()) {
      const rest = whole.slice(index + 1);
      if (rest.length === 0) continue;
      expect(await logs.collect(runId, { lastEventId: event.id })).toEqual(rest);
      expect(await logs.collect(runId, { query: `?after=${event.id}` })).toEqual(rest);
    }
    expect(await logs.collect(runId, { lastEventId: '0' })).toEqual(whole);
  });

  test('event ids increase, and the error before the last status and the end after it have their own ids', () => {
    const ids = whole.slice(0, -1).map(({ id }) => Number(id));
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    const [error, status] = whole.slice(-3).map(({ id }) => Number(id));
    expect(error).toBe((status ?? 0) - 0.5);
    expect(whole.at(-1)?.id).toBe(`${status}.end`);
  });

  test('a stream that resumes after the last status sends only the end and the reconnection delay', async () => {
    const answer = await fetch(logs.url(runId), {
      headers: { accept: 'text/event-stream', 'last-event-id': whole.at(-2)?.id ?? '' },
    });
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(text.match(/^event: .*/gm)).toEqual(['event: end']);
    expect(text).toMatch(/^retry: \d+$/m);
  });

  test('a client that disconnects after every event gets each event once', async () => {
    const events: StreamEvent[] = [];
    for (;;) {
      const stream = await logs.connect(runId, { lastEventId: events.at(-1)?.id ?? '0' });
      if (stream.status === 204) break;
      for await (const event of stream) {
        events.push(event);
        break;
      }
    }
    expect(events).toEqual(whole);
  });

  test('the Last-Event-ID header takes precedence over the parameter', async () => {
    const last = whole.at(-3)?.id ?? '';
    const events = await logs.collect(runId, { lastEventId: last, query: '?after=1' });
    expect(events).toEqual(whole.slice(-2));
  });

  test('a resume after the end of a finished run is a 204, so that a browser stops reconnecting', async () => {
    for (const id of [whole.at(-1)?.id ?? '', '999999']) {
      for (const options of [{ lastEventId: id }, { query: `?after=${id}` }]) {
        expect((await logs.connect(runId, options)).status).toBe(204);
      }
    }
  });

  test.each(['x', '-1', '1.5', '1.end', '.end', '1.END', '1e3', '99999999999', 'a:1'])(
    'the invalid event id %s is a 400',
    async (id) => {
      for (const options of [{ lastEventId: id }, { query: `?after=${id}` }]) {
        const stream = await logs.connect(runId, options);
        expect(stream.status).toBe(400);
        expect(stream.headers.get('content-type')).toContain('application/json');
      }
    },
  );

  test('a resume beyond the end of an active run is a 400', async () => {
    const active = await api.silentRunner.start();
    for (const lastEventId of ['99', '2.end']) {
      expect((await logs.connect(active, { lastEventId })).status).toBe(400);
    }
  });
});

describe('a stream that has grown old', () => {
  test('a stream at its maximum age stops without an end event, and its client resumes', async () => {
    const api = await openApi({ maxStreamAgeMs: 1_500 });
    const logs = new LogReader(api.url);
    try {
      const runId = await api.silentRunner.start();
      const before = await logs.collect(runId);
      expect(before.map(({ event }) => event)).toEqual(['status', 'status']);
      await api.silentRunner.fail(runId);
      const lastEventId = before.at(-1)?.id ?? '';
      const after = await logs.collect(runId, { lastEventId });
      expect(after.map(({ event }) => event)).toEqual(['error', 'status', 'end']);
    } finally {
      logs.closeAll();
      await api.close();
    }
  });
});
