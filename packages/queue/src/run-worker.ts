import type { RunTicket, TicketProgress, TicketResult } from '@rat/contracts';
import { coerceError, waitFor, withDeadline, type Logger } from '@rat/runtime';
import type { Job } from 'bullmq';
import { createBackend, type QueueBackend } from './backend.ts';
import type { QueueConnection } from './connection.ts';
import { RunFailed } from './run-failed.ts';
import { DEFAULT_POOL, parseTicket, queueName } from './run-queue.ts';

/** The consumer side of the queue. */
export interface RunWorker {
  /** Takes no more tickets and waits for the active ones without a limit. */
  drain(): Promise<void>;
  /**
   * Takes no more tickets, waits for the active ones for at most `timeoutMs`, and then abandons
   * them.
   */
  close(timeoutMs: number): Promise<void>;
}

/**
 * Longer than any pause of a healthy process. A ticket that is delivered twice is harmless: only
 * one claim succeeds.
 */
const LOCK_MS = 30_000;

const FORCED_CLOSE_MS = 1_000;

const START_RETRY_MS = 1_000;

/** The options of a worker. */
export interface RunWorkerOptions {
  connection: QueueConnection;
  prefix?: string | undefined;
  name: string;
  /** The limit of active tickets in each pool. */
  concurrency: number;
  /** The pools whose tickets it takes; by default the default pool. */
  pools?: readonly string[] | undefined;
  /**
   * Executes what a ticket stands for. The result is kept with the ticket, for people who read the board; undefined: the
   * ticket started no run. A failed run makes a failed ticket.
   */
  process: (ticket: RunTicket, delivery: Delivery) => Promise<TicketResult | undefined>;
  log: Logger;
}

/** What a worker knows of a delivered ticket besides its content. */
interface Delivery {
  /** The pool whose queue delivered the ticket. */
  pool: string;
  /** Aborts when the queue takes the ticket back. */
  signal: AbortSignal | undefined;
  /** Shows on the board how far the run is. Never throws: the board may be out of reach. */
  tell: (progress: TicketProgress) => void;
}

/** The result of a ticket that started no run. */
const STARTED_NOTHING = {
  note: 'started no run: its run had started, had ended, or waits in line',
};

type Consumer = ReturnType<QueueBackend['openConsumer']>;

/**
 * Takes tickets, up to `concurrency` at once, and passes each to `process`. Delivery is at least
 * once: `process` must handle stale and duplicate tickets. If `process` throws, the ticket is
 * spent, and rescue enqueues the run again. While the service is down, the worker waits for it.
 *
 * @example
 * const worker = openRunWorker({ connection, name: runnerId, concurrency: 4, process, log });
 * await worker.close(10_000);
 */
export function openRunWorker(options: RunWorkerOptions): RunWorker {
  const closing = new AbortController();
  const pools = options.pools ?? [DEFAULT_POOL];
  const starting = Promise.all(pools.map((pool) => startConsumer(options, pool, closing.signal)));
  /** The consumers that have started; no further one starts after this call. */
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
 * Starts one consumer. BullMQ remembers a connection that failed during set-up, and its loop would
 * then spin on that error without yielding to timers. So the loop starts only on a ready
 * connection, and a failed consumer is discarded. Undefined: closed before it was ready.
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
  // BullMQ passes the signal only to a processor that declares three plain parameters.
  const processor = async (
    job: Job,
    _token: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<unknown> => {
    const tell = (progress: TicketProgress): void => {
      job.updateProgress(progress).catch((error: unknown) => {
        log.debug({ err: coerceError(error), ticket: job.id }, 'progress not told');
      });
    };
    const result = await options.process(parseTicket(job.data), { pool, signal, tell });
    if (result?.status === 'failed') throw new RunFailed(result);
    return result ?? STARTED_NOTHING;
  };
  const backend = createBackend(options.connection, log);
  const consumer = backend.openConsumer(queueName(pool), processor, {
    prefix: options.prefix ?? 'rat',
    name: options.name,
    concurrency: options.concurrency,
    autorun: false,
    lockDuration: LOCK_MS,
    stalledInterval: LOCK_MS,
    // Postgres counts the attempts; the queue must never fail a run by itself.
    maxStalledCount: 1_000_000,
    drainDelay: 2,
  });
  consumer.worker.on('error', (error) => log.warn({ err: coerceError(error) }, 'queue error'));
  consumer.worker.on('failed', (job, error) => {
    if (error instanceof RunFailed) return;
    log.warn({ err: coerceError(error), ticket: job?.id }, 'ticket failed');
  });
  return consumer;
}

/**
 * Closes a consumer within deadlines. BullMQ’s `close` has none and may never return while the
 * service is down, even when forced.
 */
async function closeConsumer(consumer: Consumer, timeoutMs: number, log: Logger): Promise<void> {
  await withDeadline(consumer.worker.close(), timeoutMs)
    .catch(() => withDeadline(consumer.worker.close(true), FORCED_CLOSE_MS))
    .catch((error: unknown) => log.warn({ err: coerceError(error) }, 'close failed'));
  consumer.disconnect();
}

/** Resolves like `promise`, or rejects as soon as `signal` aborts. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('closed')), { once: true });
  });
  return Promise.race([promise, aborted]);
}
