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

/** A producer. `ready` resolves when it is connected and rejects when it cannot connect. */
export interface OpenedProducer {
  queue: Queue;
  ready: () => Promise<void>;
  /** Writes a few bytes that expire. Throws when the service accepts no writes. */
  write: () => Promise<void>;
  disconnect: () => void;
}

/**
 * Opens producers and consumers on one service, each with its own connections. All differences
 * between the services are behind this interface.
 */
export interface QueueBackend {
  openProducer(name: string, options: Tuning<QueueOptions>): OpenedProducer;
  openConsumer(
    name: string,
    process: Processor,
    options: Tuning<WorkerOptions>,
  ): { worker: Worker; disconnect: () => void };
}

/** The backend for a connection: Redis or Postgres. */
export function createBackend(connection: QueueConnection, log: Logger): QueueBackend {
  return connection.kind === 'redis'
    ? redisBackend(connection.url, log)
    : postgresBackend(connection.url, log);
}

/**
 * Creates or upgrades BullMQ's own tables in the schema `bullmq`; does nothing on Redis. Many
 * processes may call it at the same time.
 */
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

/** How long the key of a write check is kept. */
const WRITE_CHECK_MS = 60_000;

/**
 * Adds a field to BullMQ’s metadata. BullMQ reads its metadata by field, so an extra field has no
 * effect.
 */
const WRITE_CHECK = {
  name: 'queue-write-check',
  text: `INSERT INTO meta (queue, field, value) VALUES ($1, 'rat_write_check', now()::text)
    ON CONFLICT (queue, field) DO UPDATE SET value = excluded.value`,
};

/**
 * Reconnects within about two seconds after the service is back; BullMQ's default strategy waits up
 * to 20 s.
 */
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
      // Fail fast: a POST must not wait for Redis. Rescue enqueues the run later.
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
        // One key per queue. Redis refuses this write when it is out of memory, a read-only
        // replica, or cannot save a snapshot.
        write: async () => {
          await connection.set(queue.toKey('write-check'), '1', 'PX', WRITE_CHECK_MS);
        },
        disconnect: () => connection.disconnect(),
      };
    },
    openConsumer: (name, process, options) => {
      // A consumer blocks on the server for minutes, so it has no command timeout and retries
      // without limit.
      const connection = connect({ maxRetriesPerRequest: null });
      const worker = new Worker(name, process, { ...options, connection });
      return { worker, disconnect: () => connection.disconnect() };
    },
  };
}

/**
 * The casts are needed because BullMQ’s classes carry the type of their connection option, which no
 * code reads, and its pool type is narrower than the driver’s.
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
    // A client that is checked out emits errors only on itself, and an error without a listener
    // ends the process.
    pool.on('connect', (client) => client.on('error', onError));
    return pool;
  };
  const endPool = (pool: pg.Pool) => (): void => {
    if (!pool.ending) pool.end().catch(() => undefined);
  };
  return {
    openProducer: (name, options) => {
      // Fail fast here too. The server’s own timeout does not help when the network loses the
      // response.
      const pool = openPool({ query_timeout: 1_500 });
      const settings = { ...options, connection: pool as unknown as PgPool };
      const queue = new Queue(name, settings, createPostgresBackend);
      return {
        queue: queue as unknown as Queue,
        ready: async () => {
          await queue.waitUntilReady();
        },
        // Writes a row of the queue’s metadata. A full disk would not refuse a temporary table.
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
