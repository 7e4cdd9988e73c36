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

  test('at every event, by header and by parameter: exactly the rest', async () => {
    expect(whole.length).toBe(7);
    for (const [index, event] of whole.entries()) {
      // The error shares its row with the status after it, and has the id before: it may come once more.
      const rest = whole.slice(event.event === 'error' ? index : index + 1);
      if (rest.length === 0) continue;
      if (event.event === 'log' && whole[index + 1]?.event === 'error') {
        expect(event.id).toBe(whole[index + 1]?.id);
      }
      expect(await logs.collect(runId, { lastEventId: event.id })).toEqual(rest);
      expect(await logs.collect(runId, { query: `?after=${event.id}` })).toEqual(rest);
    }
    expect(await logs.collect(runId, { lastEventId: '0' })).toEqual(whole);
  });

  test('the header is the newer word', async () => {
    const last = whole.at(-2)?.id ?? '';
    const events = await logs.collect(runId, { lastEventId: last, query: '?after=1' });
    expect(events).toEqual(whole.slice(-2));
  });

  test('at the end of a finished run: 204, so that a browser stays away', async () => {
    for (const lastEventId of [whole.at(-1)?.id ?? '', '999999']) {
      expect((await logs.connect(runId, { lastEventId })).status).toBe(204);
    }
  });

  test.each(['x', '-1', '1.5', '1e3', '99999999999', 'a:1'])(
    '%s is no event id: 400',
    async (id) => {
      for (const options of [{ lastEventId: id }, { query: `?after=${id}` }]) {
        const stream = await logs.connect(runId, options);
        expect(stream.status).toBe(400);
        expect(stream.headers.get('content-type')).toContain('application/json');
      }
    },
  );

  test('beyond the end of an active run is a 400', async () => {
    const active = await api.silentRunner.start();
    expect((await logs.connect(active, { lastEventId: '99' })).status).toBe(400);
  });
});
