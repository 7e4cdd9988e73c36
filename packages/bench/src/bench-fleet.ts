import { randomBytes } from 'node:crypto';
import type { RunHint } from '@rat/contracts';
import { startFleet, startNode, testRedisUrl, type Fleet, type ServiceProcess } from '@rat/testing';
import { Redis } from 'ioredis';

/** A fleet on Redis, with what a benchmark needs besides. */
export interface BenchFleet extends Fleet {
  /** Of the queues and channels of this fleet. */
  prefix: string;
  redisUrl: string;
  /** The address of a path below `/api/v1`, at the first API. */
  url: (path: string) => string;
  /** Subscribes to a channel of Redis; resolves with the function that ends the subscription. */
  hears: (channel: string, listener: (text: string) => void) => Promise<() => void>;
  /** Subscribes to the hints that the product's processes exchange. */
  onHint: (listener: (hint: RunHint) => void) => Promise<() => void>;
  /** Starts a program of the folder `programs`; `port` is NaN when it serves nothing. */
  startProgram: (
    name: string,
    env?: Record<string, string>,
  ) => Promise<{ program: ServiceProcess; port: number }>;
}

/**
 * Starts real API and runner processes on a new database, and the small programs of this package.
 * `onHint` receives the hints that the product's processes exchange over Redis: the earliest moment
 * at which any process can know of a change.
 */
export async function withFleet<T>(
  {
    apis = 1,
    runners = 0,
    env = {},
  }: { apis?: number; runners?: number; env?: Record<string, string> },
  work: (fleet: BenchFleet) => Promise<T>,
): Promise<T> {
  const prefix = `bench_${randomBytes(4).toString('hex')}`;
  const redisUrl = testRedisUrl();
  if (redisUrl === undefined) throw new Error('the benchmarks need Redis: install redis-server');
  const settings = {
    RAT_QUEUE_PREFIX: prefix,
    RAT_LOG_LEVEL: 'warn',
    RAT_LEASE_SECONDS: '10',
    RAT_MAINTENANCE_HOURS: '0',
    ...env,
  };
  // The fleet waits for a log line of level info.
  const fleet = await startFleet({
    backend: 'redis',
    apis,
    runners,
    env: { ...settings, RAT_LOG_LEVEL: 'info' },
    checkAnswers: false,
  });
  const programs: ServiceProcess[] = [];
  const redis = new Redis(redisUrl);
  try {
    return await work({
      ...fleet,
      prefix,
      redisUrl,
      url: (path) => `${fleet.apis[0]?.url}/api/v1${path}`,
      hears: (channel, listener) => hear(redis, channel, listener),
      onHint: (listener) =>
        hear(redis, `${prefix}_runs`, (text) => listener(JSON.parse(text) as RunHint)),
      startProgram: async (name, more = {}) => {
        const program = startNode(`packages/bench/dist/programs/${name}.js`, {
          DATABASE_URL: fleet.databaseUrl,
          REDIS_URL: redisUrl,
          RAT_QUEUE_PREFIX: prefix,
          ...more,
        });
        programs.push(program);
        const line = await program.waitForLine(/^(working|listening on)/);
        return { program, port: Number(line.split(' ').at(-1)) };
      },
    });
  } finally {
    redis.disconnect();
    await Promise.all(programs.map((one) => one.stop()));
    await fleet.close();
  }
}

/** Subscribes to a channel; returns the function that ends this subscription and no other. */
async function hear(
  redis: Redis,
  channel: string,
  listener: (text: string) => void,
): Promise<() => void> {
  const subscription = redis.duplicate();
  subscription.on('message', (_channel: string, text: string) => listener(text));
  await subscription.subscribe(channel);
  return () => subscription.disconnect();
}

/** Messages by key, each with the time of its arrival. */
export interface Mailbox {
  put: (key: string) => void;
  /** Resolves with the arrival time. */
  take: (key: string) => Promise<number>;
}

/** Stores messages by key, so that a caller can await one, also when it arrived before the call. */
export function mailbox(): Mailbox {
  const arrived = new Map<string, number>();
  const waiting = new Map<string, (at: number) => void>();
  return {
    put: (key) => {
      const at = performance.now();
      arrived.set(key, at);
      waiting.get(key)?.(at);
    },
    take: (key) => {
      const at = arrived.get(key);
      return at === undefined
        ? new Promise((resolve) => waiting.set(key, resolve))
        : Promise.resolve(at);
    },
  };
}

/** The first runner of the fleet; throws when it has none. */
export function firstRunner(fleet: Fleet): ServiceProcess {
  const [runner] = fleet.runners;
  if (runner === undefined) throw new Error('this fleet has no runner');
  return runner;
}
