import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ticketId, type RunTicket } from '@rat/contracts';
import { createLogger } from '@rat/runtime';
import {
  backends,
  createTestDatabase,
  eventually,
  bestOf,
  FaultProxy,
  testRedisUrl,
  type TestDatabase,
} from '@rat/testing';
import { migrateQueue, openRunQueue, openRunWorker, type QueueConnection } from './index.ts';

const log = createLogger('test', { level: 'silent' });

describe.each(backends())('tickets on %s', (backend) => {
  let database: TestDatabase;
  let proxy: FaultProxy;
  const closers: (() => Promise<void>)[] = [];
  const prefix = `test_${randomUUID().slice(0, 8)}`;

  function serviceUrl(): string {
    return (backend === 'redis' ? testRedisUrl() : undefined) ?? database.url;
  }

  function throughProxy(): QueueConnection {
    return { kind: backend, url: proxy.through(serviceUrl()) };
  }

  function openQueue(): ReturnType<typeof openRunQueue> {
    const queue = openRunQueue({ connection: throughProxy(), prefix, log });
    closers.push(() => queue.close());
    return queue;
  }

  function openWorker(
    process: (ticket: RunTicket) => Promise<void>,
  ): ReturnType<typeof openRunWorker> {
    const worker = openRunWorker({
      connection: throughProxy(),
      prefix,
      name: 'w',
      concurrency: 4,
      process: (ticket) => process(ticket).then(() => undefined),
      log,
    });
    closers.push(() => worker.close(1_000));
    return worker;
  }

  beforeAll(async () => {
    database = await createTestDatabase();
    proxy = await FaultProxy.open(serviceUrl());
    await migrateQueue({ kind: backend, url: serviceUrl() });
  });
  afterEach(async () => {
    await proxy.heal();
    for (const close of closers.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    await proxy.close();
    await database.close();
  });

  test('a ticket that is enqueued twice is delivered once', async () => {
    const queue = openQueue();
    const delivered: RunTicket[] = [];
    const ticket = { runId: randomUUID(), attempt: 1 };
    const last = { runId: randomUUID(), attempt: 1 };
    await eventually('the queue is reached', () => queue.check().then(() => true));
    await queue.enqueue(ticket);
    await queue.enqueue(ticket);
    await queue.enqueue(last);
    openWorker(async (one) => void delivered.push(one));
    await eventually('the last ticket arrives', () =>
      delivered.some((one) => one.runId === last.runId),
    );
    expect(delivered).toEqual([ticket, last]);
  });

  test('a ticket that was consumed without effect is delivered again when it is enqueued again', async () => {
    const queue = openQueue();
    let deliveries = 0;
    openWorker(async () => {
      deliveries += 1;
      if (deliveries === 1) throw new Error('postgres was away');
    });
    const ticket = { runId: randomUUID(), attempt: 1 };
    await eventually('the queue is reached', () => queue.check().then(() => true));
    await queue.enqueue(ticket);
    await eventually('the first delivery', () => deliveries === 1);
    await eventually('the second delivery', async () => {
      await queue.reenqueue([ticket]);
      // Both repetitions may be complete by now.
      return deliveries >= 2;
    });
  });

  test('the first ticket of a new pool is enqueued at once', async () => {
    const queue = openQueue();
    const ticket = { runId: randomUUID(), attempt: 1 };
    await queue.enqueue({ ...ticket, pool: 'fresh' });
    const [, fresh] = await queue.bullQueuesOf([]);
    expect(fresh?.name).toBe('runs-fresh');
    expect(await fresh?.getJob(ticketId(ticket))).toBeDefined();
  });

  test('a pool whose queue was unreachable at first is listed once it is reachable', async () => {
    const queue = openQueue();
    await eventually('the queue is reached', () => queue.check().then(() => true));
    const names = async (): Promise<string[]> =>
      (await queue.bullQueuesOf(['late'])).map(({ name }) => name);
    await proxy.refuse();
    expect(await names()).toEqual(['runs']);
    await proxy.heal();
    await eventually('the queue of the pool is reached', async () => (await names()).length === 2);
    expect(await names()).toEqual(['runs', 'runs-late']);
  });

  test('a delayed ticket is not delivered before its time', async () => {
    const queue = openQueue();
    const arrived = new Map<string, number>();
    openWorker(async (ticket) => void arrived.set(ticket.runId, performance.now()));
    const ticket = { runId: randomUUID(), attempt: 2 };
    await eventually('the queue is reached', () => queue.check().then(() => true));
    const rungAt = performance.now();
    await queue.enqueue(ticket, 400);
    const at = await eventually('the ticket arrives', () => arrived.get(ticket.runId));
    expect(at - rungAt).toBeGreaterThanOrEqual(390);
  });

  test('enqueueing fails within two seconds while the service is down, and works again afterwards', async () => {
    const queue = openQueue();
    await eventually('the queue is reached', () => queue.check().then(() => true));
    for (const fault of ['refuse', 'blackhole'] as const) {
      await proxy[fault]();
      const took = await bestOf({ times: 3, enough: 2_500 }, async () => {
        const before = performance.now();
        await expect(queue.enqueue({ runId: randomUUID(), attempt: 1 })).rejects.toThrow();
        return performance.now() - before;
      });
      expect(took).toBeLessThan(2_500);
      await proxy.heal();
      await eventually('the queue is reached again', () => queue.check().then(() => true));
    }
  }, 60_000);

  test('a consumer continues after an outage of its service', async () => {
    const queue = openQueue();
    const delivered = new Set<string>();
    openWorker(async (ticket) => void delivered.add(ticket.runId));
    await eventually('the queue is reached', () => queue.check().then(() => true));
    await proxy.refuse();
    proxy.kill();
    await proxy.heal();
    const ticket = { runId: randomUUID(), attempt: 1 };
    await eventually('the ticket is enqueued', () => queue.enqueue(ticket).then(() => true));
    await eventually('the ticket arrives', () => delivered.has(ticket.runId));
  });

  test('a consumer that is opened during an outage starts when the service is up', async () => {
    await proxy.refuse();
    const delivered = new Set<string>();
    openWorker(async (ticket) => void delivered.add(ticket.runId));
    const queue = openQueue();
    const before = process.cpuUsage();
    await expect(queue.enqueue({ runId: randomUUID(), attempt: 1 })).rejects.toThrow();
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(2_000);
    await proxy.heal();
    const ticket = { runId: randomUUID(), attempt: 1 };
    await eventually('the ticket is enqueued', () => queue.enqueue(ticket).then(() => true));
    await eventually('the ticket arrives', () => delivered.has(ticket.runId));
  });

  test('a producer and a consumer close within their deadlines during an outage', async () => {
    const queue = openQueue();
    const worker = openWorker(async () => undefined);
    await eventually('the queue is reached', () => queue.check().then(() => true));
    await proxy.refuse();
    proxy.kill();
    const before = performance.now();
    await Promise.all([queue.close(), worker.close(1_000)]);
    expect(performance.now() - before).toBeLessThan(4_000);
  });
});
