import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Database } from '@rat/store';
import { eventually, type StreamEvent } from '@rat/testing';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { LogReader, readUntil } from './log-reader.ts';

/** Counts the executions of one named statement on a database. */
function counting(db: Database, name: string, counts: { reads: number }): Database {
  const pool = new Proxy(db.pool, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (key !== 'query' || typeof member !== 'function') return member;
      return (statement: { name?: string }, ...rest: unknown[]): unknown => {
        if (statement.name === name) counts.reads += 1;
        return Reflect.apply(member, target, [statement, ...rest]);
      };
    },
  });
  return { ...db, pool };
}

describe('GET /api/v1/runs/{id}/logs', () => {
  let api: ApiFixture;
  const counts = { reads: 0 };
  let logs: LogReader;

  beforeAll(async () => {
    api = await openApi({
      sweepMs: 300,
      maxStreams: 30,
      wrap: (db) => counting(db, 'read-events', counts),
    });
    logs = new LogReader(api.url);
  });
  afterEach(() => logs.closeAll());
  afterAll(() => api.close());

  test('the stream of a retried run has both attempts and every status, with seqs without a gap', async () => {
    const runId = await api.runner.start();
    const following = logs.collect(runId);
    await api.runner.log(runId, ['first try']);
    const failure = { code: 'storage_unavailable', message: 'the store is away' } as const;
    await api.runner.settle(runId, { kind: 'retry', failure, delayMs: 0 });
    await api.runner.claim(runId, 2);
    await api.runner.log(runId, ['second try'], 2);
    await api.runner.succeed(runId, 1, 2);
    const events = await following;
    expect(events.at(-1)).toMatchObject({ id: '8.end', event: 'end' });
    const rows = events.slice(0, -1).map((event) => JSON.parse(event.data));
    expect(rows.map((data) => data.status ?? data.message)).toEqual([
      'pending',
      'running',
      'first try',
      'pending',
      'running',
      'second try',
      'Published default.silver.orders: 1 rows, branch merged',
      'success',
    ]);
    expect(rows[3].error).toBe('the store is away');
    const lines = rows.filter((data) => data.message !== undefined);
    expect(lines.map((data) => data.attempt)).toEqual([1, 2, 2]);
    expect(events.map((event) => event.id)).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
      '8.end',
    ]);
  });

  test('a stream sends every change even when all hints are lost', async () => {
    const runId = await api.silentRunner.start();
    const stream = await logs.connect(runId);
    const iterator = stream[Symbol.asyncIterator]();
    await readUntil(iterator, 'running');
    await api.silentRunner.log(runId, ['without a hint']);
    await readUntil(iterator, 'without a hint');
    await api.silentRunner.succeed(runId);
    await readUntil(iterator, 'sha256');
    expect((await iterator.next()).done).toBe(true);
  });

  test('twenty clients at the end of a stream cost one read for each change', async () => {
    const runId = await api.runner.start();
    const iterators = await Promise.all(
      Array.from({ length: 20 }, async () => (await logs.connect(runId))[Symbol.asyncIterator]()),
    );
    const all = (text: string): Promise<StreamEvent[][]> =>
      Promise.all(iterators.map((iterator) => readUntil(iterator, text)));
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

  test('a long backlog arrives complete and in order, followed by live rows', async () => {
    const runId = await api.runner.start();
    for (let batch = 0; batch < 6; batch += 1) {
      await api.runner.log(
        runId,
        Array.from({ length: 500 }, (_, n) => `line ${batch * 500 + n}`),
      );
    }
    const following = Promise.all([
      logs.collect(runId),
      logs.collect(runId, { query: '?after=1702' }),
    ]);
    for (let n = 3_000; n < 3_050; n += 1) await api.runner.log(runId, [`line ${n}`]);
    await api.runner.succeed(runId);
    const [events, tail] = await following;
    const rows = events.slice(0, -1);
    expect(rows.map((event) => Number(event.id))).toEqual(rows.map((_, n) => n + 1));
    expect(rows).toHaveLength(3_050 + 4);
    expect(tail).toEqual(events.slice(1_702));
    const { body } = await supertest(api.url).get(`/api/v1/runs/${runId}/logs`).expect(200);
    expect(body.logs).toHaveLength(3_051);
    expect(body.logs[3_049].message).toBe('line 3049');
  });

  test('the JSON log has every line of a log longer than one page', async () => {
    const runId = await api.silentRunner.start();
    const lines = Array.from({ length: 9_000 }, (_, n) => `line ${n}`);
    await api.silentRunner.log(runId, lines);
    const { body } = await supertest(api.url).get(`/api/v1/runs/${runId}/logs`).expect(200);
    expect(body.status).toBe('running');
    expect(body.logs.map((line: { message: string }) => line.message)).toEqual(lines);
  });

  test('a stream stops reading from Postgres while its client does not read', async () => {
    const runId = await api.silentRunner.start();
    const line = 'x'.repeat(8_000);
    // 64 MB, far more than the buffers of the two sockets hold.
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
    socket.write(
      `GET /api/v1/runs/${runId}/logs HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`,
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
    socket.destroy();
    expect(counts.reads - before).toBeGreaterThanOrEqual(16);
  });

  test('a stream beyond the limit is a 429 with Retry-After', async () => {
    const runId = await api.silentRunner.start();
    await Promise.all(Array.from({ length: 30 }, () => logs.connect(runId)));
    const refused = await fetch(logs.url(runId), { headers: { accept: 'text/event-stream' } });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(((await refused.json()) as { error: unknown }).error).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      type: 'RATE_LIMIT',
    });
    logs.closeAll();
    await eventually('there is room again', async () => {
      const stream = await logs.connect(runId);
      stream.close();
      return stream.status === 200;
    });
  });

  test('HEAD of a log returns the headers of a stream and ends', async () => {
    const runId = await api.silentRunner.start();
    const answer = await fetch(logs.url(runId), {
      method: 'HEAD',
      headers: { accept: 'text/event-stream' },
    });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    expect(await answer.text()).toBe('');
  });

  test('the stream of a deleted run ends', async () => {
    const runId = await api.silentRunner.start();
    const stream = await logs.connect(runId);
    const iterator = stream[Symbol.asyncIterator]();
    await readUntil(iterator, 'running');
    await api.db.pool.query('DELETE FROM runs WHERE id = $1', [runId]);
    expect((await iterator.next()).done).toBe(true);
  });
});
