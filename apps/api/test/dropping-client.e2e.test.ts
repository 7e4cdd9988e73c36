import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { endEvent } from '@rat/contracts';
import type { QueueConnection } from '@rat/queue';
import { readEvents, type RunEvent } from '@rat/store';
import {
  FaultProxy,
  openEventStream,
  testRedisUrl,
  type EventStream,
  type StreamEvent,
} from '@rat/testing';
import { openApi, type ApiFixture } from './api-fixture.ts';
import { ApiReplica } from './api-replica.ts';

const ROWS = 2_000;
const OUTAGE = { from: 500, to: 900 };
const RESTART_AT = 1_200;
const RETRY_AT = 1_500;

let api: ApiFixture;
let proxy: FaultProxy;
let replicas: [ApiReplica, ApiReplica];

beforeEach(async () => {
  api = await openApi();
  const redisUrl = testRedisUrl();
  const queue: QueueConnection =
    redisUrl === undefined
      ? { kind: 'postgres', url: api.databaseUrl }
      : { kind: 'redis', url: redisUrl };
  proxy = await FaultProxy.open(queue.url);
  const hints = { ...queue, url: proxy.through(queue.url) };
  const options = { databaseUrl: api.databaseUrl, prefix: api.prefix, queue, hints, sweepMs: 300 };
  replicas = [new ApiReplica(options), new ApiReplica(options)];
  for (const replica of replicas) await replica.start();
});
afterEach(async () => {
  await proxy.heal();
  for (const replica of replicas) await replica.stop();
  await api.close();
  await proxy.close();
});

/**
 * Connects after `cursor`; undefined while the replica is down, or when it stops before the first
 * event.
 */
async function connect(replica: ApiReplica, runId: string, cursor: string) {
  try {
    const url = `${replica.url}/api/v1/runs/${runId}/logs`;
    return await openEventStream(url, cursor === '' ? {} : { lastEventId: cursor });
  } catch {
    return undefined;
  }
}

/** Follows a run to its `end`. Whenever a stream stops, connects to the other replica. */
async function follow(first: 0 | 1, runId: string): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for (let turn: number = first; ; turn += 1) {
    const replica = replicas[turn % 2 === 0 ? 0 : 1];
    const stream = await connect(replica, runId, events.at(-1)?.id ?? '');
    if (stream === undefined) continue;
    try {
      for await (const event of stream) events.push(event);
    } catch {
      // The restart closed the connection. Every complete event was received.
    }
    if (events.at(-1)?.event === 'end') return events;
  }
}

/**
 * The first event of a stream, whose connection is then dropped; undefined when the stream has
 * none.
 */
async function takeOne(stream: EventStream): Promise<StreamEvent | undefined> {
  try {
    for await (const event of stream) return event;
  } catch {
    // Cut off in the middle of the restart.
  }
  return undefined;
}

/**
 * Takes one event of each connection, from both replicas in turn, until the stream ends. Calls
 * `onEvent` once for each count: a stopping replica may end a stream without an event.
 */
async function dropAtEveryEvent(
  runId: string,
  onEvent: (count: number) => Promise<void>,
): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for (let turn = 0; ; turn += 1) {
    const replica = replicas[turn % 2 === 0 ? 0 : 1];
    const stream = await connect(replica, runId, events.at(-1)?.id ?? '');
    if (stream === undefined) continue;
    if (stream.status === 204) return events;
    const event = await takeOne(stream);
    if (event === undefined) continue;
    events.push(event);
    await onEvent(events.length);
  }
}

/** Writes a run's rows in batches of pseudo-random size, the same in every test run. */
class Writer {
  readonly #runId: string;
  written = 2;
  #attempt = 1;
  #dice = 7;

  constructor(runId: string) {
    this.#runId = runId;
  }

  async next(): Promise<void> {
    const { runner } = api;
    if (this.#attempt === 1 && this.written >= RETRY_AT) {
      const failure = { code: 'storage_unavailable', message: 'away' } as const;
      await runner.settle(this.#runId, { kind: 'retry', failure, delayMs: 0 });
      await runner.claim(this.#runId, 2);
      this.#attempt = 2;
      this.written += 2;
      return;
    }
    // The end of the run writes two more rows.
    const room = ROWS - 2 - this.written;
    if (room === 0) {
      await runner.succeed(this.#runId, 1, 2);
      this.written = ROWS;
      return;
    }
    this.#dice = (this.#dice * 48_271) % 2_147_483_647;
    const count = Math.min(room, 1 + (this.#dice % 40));
    const messages = Array.from({ length: count }, (_, n) => {
      const seq = this.written + n + 1;
      return seq % 97 === 0 ? 'phase:build' : `line ${seq} ü\n${'x'.repeat(seq % 200)}`;
    });
    await runner.log(this.#runId, messages, this.#attempt);
    this.written += count;
  }
}

function sha256Of(events: readonly StreamEvent[]): string {
  const hash = createHash('sha256');
  for (const { event, data } of events) if (event === 'log') hash.update(`${data}\n`);
  return hash.digest('hex');
}

test('a client that disconnects after every event, across replicas, an outage of hints and a restart, receives exactly the rows of the table', async () => {
  const runId = await api.runner.start();
  const writer = new Writer(runId);
  const followers = Promise.all([follow(0, runId), follow(1, runId)]);
  const disturbances: Promise<unknown>[] = [];

  let writing = Promise.resolve();
  const events = await dropAtEveryEvent(runId, async (count) => {
    if (count === OUTAGE.from) await proxy.refuse();
    if (count === OUTAGE.to) await proxy.heal();
    if (count === RESTART_AT) {
      disturbances.push(replicas[1].stop().then(() => replicas[1].start()));
    }
    // The writer stays close to its reader. Sometimes it has nothing new, so the next connection
    // must wait for a row.
    if (count >= writer.written && count < ROWS) {
      await writing;
      if (count >= writer.written) writing = writer.next();
    }
  });
  await writing;
  expect(disturbances).toHaveLength(1);
  await Promise.all(disturbances);

  const table: RunEvent[] = await readEvents(api.db, { runId, afterSeq: 0, limit: 10_000 });
  expect(table).toHaveLength(ROWS);
  expect(events.map((event) => `${event.id} ${event.event}`)).toEqual([
    ...table.map((row) => `${row.seq} ${row.kind}`),
    `${ROWS}.end end`,
  ]);
  const lines = events.filter((event) => event.event === 'log');
  expect(lines.map((event) => JSON.parse(event.data).message)).toEqual(
    table.filter((row) => row.kind === 'log').map((row) => row.message),
  );

  const end = endEvent.parse(JSON.parse(events.at(-1)?.data ?? ''));
  expect(end).toEqual({ last_seq: ROWS, lines: lines.length, sha256: sha256Of(events) });
  for (const followed of await followers) expect(followed).toEqual(events);
}, 120_000);
