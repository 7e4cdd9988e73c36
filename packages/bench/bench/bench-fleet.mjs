import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { startFleet, startNode, testRedisUrl } from '@rat/testing';

/**
 * Starts real API and runner processes on a new database, and the small programs of this folder.
 * `onHint` receives the hints that the product's processes exchange over Redis: the earliest moment
 * at which any process can know of a change.
 */
export async function withFleet({ apis = 1, runners = 0, env = {} }, work) {
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
  const programs = [];
  const redis = new Redis(redisUrl);
  try {
    return await work({
      ...fleet,
      prefix,
      redisUrl,
      url: (path) => `${fleet.apis[0].url}/api/v1${path}`,
      hears: (channel, listener) => hear(redis, channel, listener),
      onHint: (listener) => hear(redis, `${prefix}_runs`, (text) => listener(JSON.parse(text))),
      startProgram: async (name, more) => {
        const program = startNode(`packages/bench/bench/${name}.mjs`, {
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
async function hear(redis, channel, listener) {
  const subscription = redis.duplicate();
  subscription.on('message', (_channel, text) => listener(text));
  await subscription.subscribe(channel);
  return () => subscription.disconnect();
}

/** Stores messages by key, so that a caller can await one, also when it arrived before the call. */
export function mailbox() {
  const arrived = new Map();
  const waiting = new Map();
  return {
    put: (key) => {
      const at = performance.now();
      arrived.set(key, at);
      waiting.get(key)?.(at);
    },
    /** Resolves with the arrival time. */
    take: (key) =>
      arrived.has(key)
        ? Promise.resolve(arrived.get(key))
        : new Promise((resolve) => waiting.set(key, resolve)),
  };
}
