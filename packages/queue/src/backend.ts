import { once } from 'node:events';
import { coerceError, type Logger } from '@rat/runtime';
import {
  createPostgresBackend,
  Queue,
  runMigrations,
  Worker,
  type PgPool,
  type Processor,
  type QueueOptions,
  type WorkerOptions,
} from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import pg from 'pg';
import type { QueueConnection } from './connection.ts';

type Tuning<T> = Omit<T, 'connection'>;

/** A producer, whose `ready` resolves when it is connected and rejects when it will never be. */
export interface OpenedProducer {
  queue: Queue;
  ready: () => Promise<void>;
  /** Writes a few bytes that end by themselves. Throws when the service takes no writes. */
  write: () => Promise<void>;
  disconnect: () => void;
}

/** The one place where the queue's service makes a difference. Each opens its own connections. */
export interface QueueBackend {
  openProducer(name: string, options: Tuning<QueueOptions>): OpenedProducer;
  openConsumer(
    name: string,
    process: Processor,
    options: Tuning<WorkerOptions>,
  ): { worker: Worker; disconnect: () => void };
}

export function createBackend(connection: QueueConnection, log: Logger): QueueBackend {
  return connection.kind === 'redis'
    ? redisBackend(connection.url, log)
    : postgresBackend(connection.url, log);
}

/** Creates or upgrades BullMQ's own tables, in their schema `bullmq`; nothing to do on Redis. Safe from many processes at once. */
export async function migrateQueue(connection: QueueConnection): Promise<void> {
  if (connection.kind === 'redis') return;
  const client = new pg.Client({ connectionString: connection.url });
  await client.connect();
  try {
    await runMigrations(client);
  } finally {
    await client.end();
  }
}

/** How long the key of a write check stays. */
const WRITE_CHECK_MS = 60_000;

/** BullMQ reads its metadata by field, so a field of ours changes nothing. */
const WRITE_CHECK = {
  name: 'queue-write-check',
  text: `INSERT INTO meta (queue, field, value) VALUES ($1, 'rat_write_check', now()::text)
    ON CONFLICT (queue, field) DO UPDATE SET value = excluded.value`,
};

/** BullMQ's own strategy waits up to 20 s after the service is back; this one at most about two. */
function retryStrategy(times: number): number {
  return Math.min(100 * 2 ** Math.min(times, 5), 2_000) + Math.random() * 200;
}

function redisBackend(url: string, log: Logger): QueueBackend {
  const connect = (options: Omit<RedisOptions, 'replyMapping'>): Redis => {
    const settings = { retryStrategy, keepAlive: 30_000, ...options };
    const client = new Redis(url, settings);
    client.on('error', (error) => log.warn({ err: coerceError(error) }, 'redis connection lost'));
    return client;
  };
  return {
    openProducer: (name, options) => {
      // Fail fast: a POST must not wait for Redis. The rescue loop rings what was not rung.
      const connection = connect({
        enableOfflineQueue: false,
        maxRetriesPerRequest: 1,
        commandTimeout: 1_000,
      });
      const queue = new Queue(name, {
        ...options,
        connection,
        skipWaitingForReady: true,
        skipVersionCheck: true,
      });
      return {
        queue,
        ready: async () => {
          if (connection.status !== 'ready') await once(connection, 'ready');
        },
        // One key per queue: out of memory, a read-only replica and a failed snapshot all refuse it.
        write: async () => {
          await connection.set(queue.toKey('write-check'), '1', 'PX', WRITE_CHECK_MS);
        },
        disconnect: () => connection.disconnect(),
      };
    },
    openConsumer: (name, process, options) => {
      // A consumer waits on the server for minutes, so it has no command timeout and never gives up.
      const connection = connect({ maxRetriesPerRequest: null });
      const worker = new Worker(name, process, { ...options, connection });
      return { worker, disconnect: () => connection.disconnect() };
    },
  };
}

/**
 * The casts: BullMQ's classes carry the type of their connection option, which nobody reads again, and its own idea of
 * a pool is narrower than the driver's.
 */
function postgresBackend(url: string, log: Logger): QueueBackend {
  const openPool = (options: pg.PoolConfig): pg.Pool => {
    const pool = new pg.Pool({
      connectionString: url,
      max: 4,
      connectionTimeoutMillis: 1_000,
      keepAlive: true,
      application_name: 'rat-queue',
      // BullMQ's statements name its tables without their schema.
      options: '-c search_path=bullmq',
      ...options,
    });
    const onError = (error: Error): void => {
      log.warn({ err: coerceError(error) }, 'postgres connection lost');
    };
    pool.on('error', onError);
    // A client that is checked out tells its own listeners only, and an error that nobody hears ends the process.
    pool.on('connect', (client) => client.on('error', onError));
    return pool;
  };
  const endPool = (pool: pg.Pool) => (): void => {
    if (!pool.ending) pool.end().catch(() => undefined);
  };
  return {
    openProducer: (name, options) => {
      // Fail fast here too; the server's own timeout does not help when the network swallows the answer.
      const pool = openPool({ query_timeout: 1_500 });
      const settings = { ...options, connection: pool as unknown as PgPool };
      const queue = new Queue(name, settings, createPostgresBackend);
      return {
        queue: queue as unknown as Queue,
        ready: async () => {
          await queue.waitUntilReady();
        },
        // A temporary table would not be refused by a full disk; a row of the queue's own metadata is.
        write: async () => {
          await pool.query({ ...WRITE_CHECK, values: [name] });
        },
        disconnect: endPool(pool),
      };
    },
    openConsumer: (name, process, options) => {
      const pool = openPool({});
      const settings = { ...options, connection: pool as unknown as PgPool };
      const worker = new Worker(name, process, settings, createPostgresBackend);
      return { worker: worker as unknown as Worker, disconnect: endPool(pool) };
    },
  };
}
