import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { RatClient } from './rat-client.ts';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** Answers each connection, which resumes after a number of events. */
type Serve = (response: ServerResponse, after: number, connection: number) => void;

async function serve(handle: Serve): Promise<{ rat: RatClient; openedAt: number[] }> {
  const openedAt: number[] = [];
  const server = createServer((request, response) => {
    openedAt.push(performance.now());
    handle(response, Number(request.headers['last-event-id'] ?? 0), openedAt.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { rat: new RatClient({ baseUrl: `http://127.0.0.1:${port}` }), openedAt };
}

const line = (seq: number): string => JSON.stringify({ seq, message: `line ${seq} · ▶\u2028` });
const frame = (seq: number): string => `id: ${seq}\nevent: log\ndata: ${line(seq)}\n\n`;
const sha256 = (last: number): string => {
  const hash = createHash('sha256');
  for (let seq = 1; seq <= last; seq += 1) hash.update(`${line(seq)}\n`);
  return hash.digest('hex');
};
const endFrame = (last: number, digest = sha256(last)): string =>
  `id: ${last}.end\nevent: end\ndata: ${JSON.stringify({ last_seq: last, lines: last, sha256: digest })}\n\n`;

function open(response: ServerResponse, retryMs = 20): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`retry: ${retryMs}\n\n`);
}

/** Everything after an event, to the end of the run. */
function rest(after: number, last: number): Buffer {
  let text = '';
  for (let seq = after + 1; seq <= last; seq += 1) text += frame(seq);
  return Buffer.from(text + endFrame(last));
}

async function collect(rat: RatClient): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of rat.runs.events('run')) ids.push(id);
  return ids;
}

async function collectBatches(rat: RatClient): Promise<string[]> {
  const ids: string[] = [];
  for await (const events of rat.runs.eventBatches('run')) ids.push(...events.map(({ id }) => id));
  return ids;
}

const LAST = 200;
const ALL = [...Array.from({ length: LAST }, (_, n) => String(n + 1)), `${LAST}.end`];

describe('the events of a run', () => {
  test.each([
    { how: 'one by one', read: collect },
    { how: 'in batches', read: collectBatches },
  ])('a stream that is cut at any byte loses no event and doubles none, $how', async ({ read }) => {
    const { rat, openedAt } = await serve((response, after, connection) => {
      if (connection % 9 === 4) {
        response.writeHead(503, { 'retry-after': '0' }).end();
        return;
      }
      open(response);
      const bytes = rest(after, LAST);
      if (connection >= 45) return void response.end(bytes);
      // The cut is within a frame, mostly within its characters of several bytes.
      const part = bytes.subarray(0, 90 + ((connection * 37) % 260));
      response.write(part, () => (connection % 2 === 0 ? response.destroy() : response.end()));
    });
    expect(await read(rat)).toEqual(ALL);
    expect(openedAt.length).toBeGreaterThan(40);
  });

  test('the connection after one that carried events is opened at once', async () => {
    const { rat, openedAt } = await serve((response, after, connection) => {
      open(response, 5_000);
      if (connection === 3) response.end(rest(after, LAST));
      else response.write(frame(after + 1), () => response.destroy());
    });
    expect(await collect(rat)).toEqual(ALL);
    expect((openedAt.at(-1) ?? 0) - (openedAt[0] ?? 0)).toBeLessThan(2_000);
  });

  test('a connection without events is followed by the pause that the server wants', async () => {
    const { rat, openedAt } = await serve((response, after, connection) => {
      open(response, 300);
      if (connection === 1) response.end(rest(after, LAST));
      else setImmediate(() => response.destroy());
    });
    expect(await collect(rat)).toEqual(ALL);
    expect((openedAt[1] ?? 0) - (openedAt[0] ?? 0)).toBeGreaterThanOrEqual(150);
  });

  test('a silent connection is given up and resumed', async () => {
    const { rat } = await serve((response, after, connection) => {
      open(response);
      if (connection === 0) response.write(frame(1));
      else response.end(rest(after, LAST));
    });
    const ids: string[] = [];
    for await (const { id } of rat.runs.events('run', {}, { silenceMs: 100 })) ids.push(id);
    expect(ids).toEqual(ALL);
  });

  test('a log that is not what the API sent is an IntegrityError', async () => {
    const { rat } = await serve((response, after) => {
      open(response);
      response.end(frame(after + 1) + endFrame(1, sha256(2)));
    });
    await expect(collect(rat)).rejects.toMatchObject({ name: 'IntegrityError' });
  });

  test('a stream with a filter ends without a check of the lines that it lacks', async () => {
    const { rat } = await serve((response) => {
      open(response);
      response.end(frame(3) + endFrame(3));
    });
    const ids: string[] = [];
    for await (const { id } of rat.runs.events('run', { level: 'error' })) ids.push(id);
    expect(ids).toEqual(['3', '3.end']);
  });

  test('a stream behind its end has no events', async () => {
    const { rat } = await serve((response) => response.writeHead(204).end());
    expect(await collect(rat)).toEqual([]);
  });

  test('a refused stream throws its error at once', async () => {
    const { rat, openedAt } = await serve((response) => response.writeHead(404).end());
    await expect(collect(rat)).rejects.toMatchObject({ name: 'NotFoundError' });
    expect(openedAt).toHaveLength(1);
  });

  test('an API that stays away for too long is a ConnectionError', async () => {
    const rat = new RatClient({ baseUrl: 'http://127.0.0.1:9' });
    const events = rat.runs.events('run', {}, { giveUpAfterMs: 0 });
    await expect(events.next()).rejects.toMatchObject({ name: 'ConnectionError' });
  });

  test('an abort ends a stream that waits, with the reason of the caller', async () => {
    const { rat } = await serve((response) => {
      open(response);
      response.write(frame(1));
    });
    const aborting = new AbortController();
    const events = rat.runs.events('run', {}, { signal: aborting.signal });
    await events.next();
    const waiting = events.next();
    const reason = new Error('enough');
    aborting.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  test('leaving the loop closes the connection', async () => {
    let closed = (): void => undefined;
    const isClosed = new Promise<void>((resolve) => (closed = resolve));
    const { rat } = await serve((response) => {
      response.once('close', () => closed());
      open(response);
      response.write(frame(1));
    });
    for await (const { id } of rat.runs.events('run')) if (id === '1') break;
    await isClosed;
  });
});
