import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Database } from '@rat/store';
import { eventually, openEventStream, type StreamEvent } from '@rat/testing';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

/** Counts the statements of one name that pass through a database. */
function counting(db: Database, name: string, counts: { reads: number }): Database {
  const pool = new Proxy(db.pool, {
    get(target, key) {
      if (key !== 'query') return Reflect.get(target, key, target) as unknown;
      return (statement: { name?: string }, ...rest: unknown[]): unknown => {
        if (statement.name === name) counts.reads += 1;
        return Reflect.apply(target.query, target, [statement, ...rest]);
      };
    },
  });
  return { ...db, pool };
}

describe('GET /api/v1/runs/{id}/logs', () => {
  let api: ApiFixture;
  const counts = { reads: 0 };
  const open: { close: () => void }[] = [];

  beforeAll(async () => {
    api = await openApi({
      sweepMs: 300,
      maxStreams: 30,
      wrap: (db) => counting(db, 'read-events', counts),
    });
  });
  afterEach(() => {
    for (const stream of open.splice(0)) stream.close();
  });
  afterAll(() => api.close());

  function logsUrl(runId: string, query = ''): string {
    return `${api.url}/api/v1/runs/${runId}/logs${query}`;
  }

  async function connectTo(
    runId: string,
    options: Parameters<typeof openEventStream>[1] & { query?: string } = {},
  ): Promise<Awaited<ReturnType<typeof openEventStream>>> {
    const stream = await openEventStream(logsUrl(runId, options.query), options);
    open.push(stream);
    return stream;
  }

  async function collect(
    runId: string,
    options: Parameters<typeof connectTo>[1] = {},
  ): Promise<StreamEvent[]> {
    const events: StreamEvent[] = [];
    for await (const event of await connectTo(runId, options)) events.push(event);
    return events;
  }

  /** Reads until an event satisfies `last`, and stays connected. */
  async function readUntil(
    iterator: AsyncIterator<StreamEvent>,
    last: (event: StreamEvent) => boolean,
  ): Promise<StreamEvent[]> {
    const events: StreamEvent[] = [];
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) throw new Error('the stream ended');
      events.push(next.value);
      if (last(next.value)) return events;
    }
  }

  const says =
    (text: string) =>
    (event: StreamEvent): boolean =>
      event.data.includes(text);

  describe('resuming', () => {
    let runId: string;
    let whole: StreamEvent[];

    beforeAll(async () => {
      runId = await api.silentRunner.start();
      await api.silentRunner.log(runId, ['one', 'phase:build', 'two', 'three']);
      await api.silentRunner.fail(runId);
      whole = await collect(runId);
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
        expect(await collect(runId, { lastEventId: event.id })).toEqual(rest);
        expect(await collect(runId, { query: `?after=${event.id}` })).toEqual(rest);
      }
      expect(await collect(runId, { lastEventId: '0' })).toEqual(whole);
    });

    test('the header is the newer word', async () => {
      const last = whole.at(-2)?.id ?? '';
      const events = await collect(runId, { lastEventId: last, query: '?after=1' });
      expect(events).toEqual(whole.slice(-2));
    });

    test('at the end of a finished run: 204, so that a browser stays away', async () => {
      for (const lastEventId of [whole.at(-1)?.id ?? '', '999999']) {
        expect((await connectTo(runId, { lastEventId })).status).toBe(204);
      }
    });

    test.each(['x', '-1', '1.5', '1e3', '99999999999', 'a:1'])(
      '%s is no event id: 400',
      async (id) => {
        for (const options of [{ lastEventId: id }, { query: `?after=${id}` }]) {
          const stream = await connectTo(runId, options);
          expect(stream.status).toBe(400);
          expect(stream.headers.get('content-type')).toContain('application/json');
        }
      },
    );

    test('beyond the end of an active run is a 400', async () => {
      const active = await api.silentRunner.start();
      expect((await connectTo(active, { lastEventId: '99' })).status).toBe(400);
    });
  });

  test('a retried run is one stream: both attempts, every status between, seqs without a gap', async () => {
    const runId = await api.runner.start();
    const following = collect(runId);
    await api.runner.log(runId, ['first try']);
    const failure = { code: 'storage_unavailable', message: 'the store is away' } as const;
    await api.runner.settle(runId, { kind: 'retry', failure, delayMs: 0 });
    await api.runner.claim(runId, 2);
    await api.runner.log(runId, ['second try'], 2);
    await api.runner.succeed(runId, 1, 2);
    const events = await following;
    const told = events.map((event) => JSON.parse(event.data));
    expect(told.map((data) => data.status ?? data.message)).toEqual([
      'pending',
      'running',
      'first try',
      'pending',
      'running',
      'second try',
      'Published default.silver.orders: 1 rows, branch merged',
      'success',
    ]);
    expect(told[3].error).toBe('the store is away');
    const lines = told.filter((data) => data.message !== undefined);
    expect(lines.map((data) => data.attempt)).toEqual([1, 2, 2]);
    expect(events.map((event) => Number(event.id))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('when every hint is lost, the sweep finds what happened', async () => {
    const runId = await api.silentRunner.start();
    const stream = await connectTo(runId);
    const iterator = stream[Symbol.asyncIterator]();
    await readUntil(iterator, says('running'));
    await api.silentRunner.log(runId, ['nobody told']);
    await readUntil(iterator, says('nobody told'));
    await api.silentRunner.succeed(runId);
    await readUntil(iterator, says('success'));
    expect((await iterator.next()).done).toBe(true);
  });

  test('twenty who stand at the end of a run cost one read a change', async () => {
    const runId = await api.runner.start();
    const iterators = await Promise.all(
      Array.from({ length: 20 }, async () => (await connectTo(runId))[Symbol.asyncIterator]()),
    );
    const all = (text: string): Promise<StreamEvent[][]> =>
      Promise.all(iterators.map((iterator) => readUntil(iterator, says(text))));
    await all('running');
    await api.runner.log(runId, ['settled in']);
    await all('settled in');
    const before = counts.reads;
    for (let n = 0; n < 10; n += 1) {
      await api.runner.log(runId, [`change ${n}.`]);
      await all(`change ${n}.`);
    }
    expect(counts.reads - before).toBe(10);
    await api.runner.succeed(runId);
    await all('success');
  });

  test('a long backlog is sent page by page, whole and in order, live rows included', async () => {
    const runId = await api.runner.start();
    for (let batch = 0; batch < 6; batch += 1) {
      await api.runner.log(
        runId,
        Array.from({ length: 500 }, (_, n) => `line ${batch * 500 + n}`),
      );
    }
    const following = Promise.all([collect(runId), collect(runId, { query: '?after=1702' })]);
    for (let n = 3_000; n < 3_050; n += 1) await api.runner.log(runId, [`line ${n}`]);
    await api.runner.succeed(runId);
    const [events, tail] = await following;
    expect(events.map((event) => Number(event.id))).toEqual(events.map((_, n) => n + 1));
    expect(events).toHaveLength(3_050 + 4);
    expect(tail).toEqual(events.slice(1_702));
    const { body } = await supertest(api.url).get(`/api/v1/runs/${runId}/logs`).expect(200);
    expect(body.logs).toHaveLength(3_051);
    expect(body.logs[3_049].message).toBe('line 3049');
  });

  test('JSON mode has every line of a log longer than its pages', async () => {
    const runId = await api.silentRunner.start();
    await api.silentRunner.log(
      runId,
      Array.from({ length: 12_000 }, (_, n) => `line ${n}`),
    );
    const { body } = await supertest(api.url).get(`/api/v1/runs/${runId}/logs`).expect(200);
    expect(body.status).toBe('running');
    expect(body.logs.map((line: { message: string }) => line.message)).toEqual(
      Array.from({ length: 12_000 }, (_, n) => `line ${n}`),
    );
  });

  test('a client that does not read makes the server stop reading, too', async () => {
    const runId = await api.silentRunner.start();
    const line = 'x'.repeat(8_000);
    // 64 MB: far more than the two sockets' buffers take.
    for (let batch = 0; batch < 16; batch += 1) {
      await api.silentRunner.log(
        runId,
        Array.from({ length: 500 }, () => line),
      );
    }
    await api.silentRunner.succeed(runId);
    const before = counts.reads;
    const { port } = new URL(api.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.pause();
    open.push({ close: () => socket.destroy() });
    socket.write(
      `GET /api/v1/runs/${runId}/logs HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n`,
    );
    let last = -1;
    let quiet = 0;
    await eventually('the server stops reading', () => {
      const reads = counts.reads - before;
      quiet = reads > 0 && reads === last ? quiet + 1 : 0;
      last = reads;
      return quiet >= 25;
    });
    expect(last).toBeLessThan(10);

    let received = 0;
    socket.on('data', (chunk) => (received += chunk.length));
    socket.resume();
    await eventually('the rest arrives', () => received > 64_000_000);
    expect(counts.reads - before).toBeGreaterThanOrEqual(16);
  });

  test('streams beyond the limit are a 429 that says when to come back', async () => {
    const runId = await api.silentRunner.start();
    await Promise.all(Array.from({ length: 30 }, () => connectTo(runId)));
    const refused = await fetch(logsUrl(runId), { headers: { accept: 'text/event-stream' } });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(((await refused.json()) as { error: unknown }).error).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      type: 'RATE_LIMIT',
    });
    for (const stream of open.splice(0)) stream.close();
    await eventually('there is room again', async () => {
      const stream = await connectTo(runId);
      stream.close();
      return stream.status === 200;
    });
  });

  test('HEAD answers the headers of a stream and ends', async () => {
    const runId = await api.silentRunner.start();
    const answer = await fetch(logsUrl(runId), {
      method: 'HEAD',
      headers: { accept: 'text/event-stream' },
    });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    expect(await answer.text()).toBe('');
  });

  test('a run that is deleted lets its watchers go', async () => {
    const runId = await api.silentRunner.start();
    const stream = await connectTo(runId);
    const iterator = stream[Symbol.asyncIterator]();
    await readUntil(iterator, says('running'));
    await api.db.pool.query('DELETE FROM runs WHERE id = $1', [runId]);
    expect((await iterator.next()).done).toBe(true);
  });
});
