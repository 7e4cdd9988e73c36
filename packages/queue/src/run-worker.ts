import type { RunTicket } from '@rat/contracts';
import { coerceError, withDeadline, type Logger } from '@rat/runtime';
import type { Job } from 'bullmq';
import { createBackend } from './backend.ts';
import type { QueueConnection } from './connection.ts';
import { parseTicket, QUEUE_NAME } from './run-queue.ts';

/** Where tickets are answered. */
export interface RunWorker {
  /** Takes no more tickets and waits for those in hand, at most `timeoutMs`; then lets go of them. */
  close(timeoutMs: number): Promise<void>;
}

/** Longer than any pause of a healthy process. A ticket delivered twice is harmless: the claim lets one win. */
const LOCK_MS = 30_000;

const FORCED_CLOSE_MS = 1_000;

/**
 * Takes tickets, up to `concurrency` at once, and hands each to `process`. Delivery is at least once: `process` must
 * bear a ticket that is stale or delivered twice. When `process` throws, the ticket is spent; the rescue loop rings the
 * run again. `signal` aborts when the queue itself takes the ticket back.
 */
export function openRunWorker(options: {
  connection: QueueConnection;
  prefix?: string | undefined;
  name: string;
  concurrency: number;
  process: (ticket: RunTicket, signal: AbortSignal | undefined) => Promise<void>;
  log: Logger;
}): RunWorker {
  const { log } = options;
  // BullMQ creates the signal only for a processor that declares three plain parameters.
  const processor = async (
    job: Job,
    _token: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> => {
    await options.process(parseTicket(job.data), signal);
  };
  const { worker, disconnect } = createBackend(options.connection, log).openConsumer(
    QUEUE_NAME,
    processor,
    {
      prefix: options.prefix ?? 'rat',
      name: options.name,
      concurrency: options.concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: LOCK_MS,
      // Attempts are counted in Postgres; the queue must never give a run up by itself.
      maxStalledCount: 1_000_000,
      drainDelay: 2,
    },
  );
  worker.on('error', (error) => log.warn({ err: coerceError(error) }, 'queue error'));
  worker.on('failed', (job, error) =>
    log.warn({ err: coerceError(error), ticket: job?.id }, 'ticket failed'),
  );
  return {
    close: async (timeoutMs) => {
      // `close` has no time limit of its own and may never end while the service is down, the forced one included.
      await withDeadline(worker.close(), timeoutMs)
        .catch(() => withDeadline(worker.close(true), FORCED_CLOSE_MS))
        .catch((error: unknown) => log.warn({ err: coerceError(error) }, 'close failed'));
      disconnect();
    },
  };
}
