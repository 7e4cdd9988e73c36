import type { RunTicket } from '@rat/contracts';
import { coerceError, waitFor, withDeadline, type Logger } from '@rat/runtime';
import type { Job } from 'bullmq';
import { createBackend, type QueueBackend } from './backend.ts';
import type { QueueConnection } from './connection.ts';
import { DEFAULT_POOL, parseTicket, queueName } from './run-queue.ts';

/** Where tickets are answered. */
export interface RunWorker {
  /** Takes no more tickets and waits for those in hand, however long they take. */
  drain(): Promise<void>;
  /** Takes no more tickets and waits for those in hand, at most `timeoutMs`; then lets go of them. */
  close(timeoutMs: number): Promise<void>;
}

/** Longer than any pause of a healthy process. A ticket delivered twice is harmless: the claim lets one win. */
const LOCK_MS = 30_000;

const FORCED_CLOSE_MS = 1_000;

const START_RETRY_MS = 1_000;

export interface RunWorkerOptions {
  connection: QueueConnection;
  prefix?: string | undefined;
  name: string;
  /** Of each pool. */
  concurrency: number;
  /** Whose tickets to take; the default pool's when nobody says. */
  pools?: readonly string[] | undefined;
  /** `pool`: the one whose queue the ticket came from. `signal` aborts when the queue itself takes the ticket back. */
  process: (ticket: RunTicket, pool: string, signal: AbortSignal | undefined) => Promise<void>;
  log: Logger;
}

type Consumer = ReturnType<QueueBackend['openConsumer']>;

/**
 * Takes tickets, up to `concurrency` at once, and hands each to `process`. Delivery is at least once: `process` must
 * bear a ticket that is stale or delivered twice. When `process` throws, the ticket is spent; the rescue loop rings the
 * run again. A service that is down is waited for.
 */
export function openRunWorker(options: RunWorkerOptions): RunWorker {
  const closing = new AbortController();
  const pools = options.pools ?? [DEFAULT_POOL];
  const starting = Promise.all(pools.map((pool) => startConsumer(options, pool, closing.signal)));
  /** Those that have started, once no more do. */
  const started = async (): Promise<Consumer[]> => {
    closing.abort();
    return (await starting).filter((one) => one !== undefined);
  };
  return {
    drain: async () => {
      await Promise.all((await started()).map(({ worker }) => worker.pause()));
    },
    close: async (timeoutMs) => {
      const consumers = await started();
      await Promise.all(consumers.map((one) => closeConsumer(one, timeoutMs, options.log)));
    },
  };
}

/**
 * BullMQ remembers a connection that failed while it was set up, and its loop would then spin on the remembered error
 * without ever letting a timer run. So the loop starts only on a connection that is ready; one that failed is thrown
 * away. undefined: closed before that.
 */
async function startConsumer(
  options: RunWorkerOptions,
  pool: string,
  signal: AbortSignal,
): Promise<Consumer | undefined> {
  while (!signal.aborted) {
    const consumer = openConsumer(options, pool);
    try {
      await untilAborted(consumer.worker.waitUntilReady(), signal);
      consumer.worker.run().catch((error: unknown) => {
        options.log.error({ err: coerceError(error) }, 'queue consumer ended');
      });
      return consumer;
    } catch (error) {
      if (!signal.aborted) options.log.warn({ err: coerceError(error) }, 'queue not ready');
      await closeConsumer(consumer, FORCED_CLOSE_MS, options.log);
      await waitFor(START_RETRY_MS, signal);
    }
  }
  return undefined;
}

function openConsumer(options: RunWorkerOptions, pool: string): Consumer {
  const { log } = options;
  // BullMQ creates the signal only for a processor that declares three plain parameters.
  const processor = async (
    job: Job,
    _token: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> => {
    await options.process(parseTicket(job.data), pool, signal);
  };
  const backend = createBackend(options.connection, log);
  const consumer = backend.openConsumer(queueName(pool), processor, {
    prefix: options.prefix ?? 'rat',
    name: options.name,
    concurrency: options.concurrency,
    autorun: false,
    lockDuration: LOCK_MS,
    stalledInterval: LOCK_MS,
    // Attempts are counted in Postgres; the queue must never give a run up by itself.
    maxStalledCount: 1_000_000,
    drainDelay: 2,
  });
  consumer.worker.on('error', (error) => log.warn({ err: coerceError(error) }, 'queue error'));
  consumer.worker.on('failed', (job, error) =>
    log.warn({ err: coerceError(error), ticket: job?.id }, 'ticket failed'),
  );
  return consumer;
}

/** `close` has no time limit of its own and may never end while the service is down, the forced one included. */
async function closeConsumer(consumer: Consumer, timeoutMs: number, log: Logger): Promise<void> {
  await withDeadline(consumer.worker.close(), timeoutMs)
    .catch(() => withDeadline(consumer.worker.close(true), FORCED_CLOSE_MS))
    .catch((error: unknown) => log.warn({ err: coerceError(error) }, 'close failed'));
  consumer.disconnect();
}

/** The promise's value, or a rejection as soon as `signal` aborts. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('closed')), { once: true });
  });
  return Promise.race([promise, aborted]);
}
