import { runTicket, ticketId, type RunTicket } from '@rat/contracts';
import { coerceError, withDeadline, type Logger } from '@rat/runtime';
import type { JobsOptions, Queue } from 'bullmq';
import { createBackend } from './backend.ts';
import type { QueueConnection } from './connection.ts';

export const QUEUE_NAME = 'runs';

/** Where tickets are rung. */
export interface RunQueue {
  /**
   * Wakes a runner for one attempt, after `delayMs`. The same ticket again changes nothing. Throws within about a
   * second when the service is out of reach; the rescue loop then rings later.
   */
  ring(ticket: RunTicket, delayMs?: number): Promise<void>;
  /** Rings tickets that may have been lost, or that the queue believes done while their runs still wait. */
  ringAgain(tickets: readonly RunTicket[]): Promise<void>;
  /** Throws when the service is out of reach. */
  check(): Promise<void>;
  /** For the board, which reads the queue itself. */
  readonly bullQueue: Queue;
  close(): Promise<void>;
}

/** Finished tickets are kept for the board only; the run's row holds the facts. */
const TICKET_OPTIONS: JobsOptions = {
  attempts: 1,
  removeOnComplete: { count: 1_000 },
  removeOnFail: { count: 1_000 },
  sizeLimit: 2_048,
};

const CLOSE_TIMEOUT_MS = 1_000;

export function openRunQueue(options: {
  connection: QueueConnection;
  /** Redis only: keeps several installations, or tests, apart on one server. */
  prefix?: string | undefined;
  log: Logger;
}): RunQueue {
  const { log } = options;
  const { queue, disconnect } = createBackend(options.connection, log).openProducer(QUEUE_NAME, {
    prefix: options.prefix ?? 'rat',
  });
  queue.on('error', (error) => log.warn({ err: coerceError(error) }, 'queue error'));
  return {
    bullQueue: queue,
    ring: async (ticket, delayMs = 0) => {
      await queue.add('run', ticket, {
        ...TICKET_OPTIONS,
        jobId: ticketId(ticket),
        ...(delayMs > 0 ? { delay: Math.round(delayMs) } : {}),
      });
    },
    ringAgain: async (tickets) => {
      // A ticket that was consumed without effect (Postgres was down at the claim) would swallow its own repetition.
      await Promise.all(
        tickets.map(async (ticket) => {
          const job = await queue.getJob(ticketId(ticket));
          if (job?.finishedOn !== undefined) await job.remove();
        }),
      );
      await queue.addBulk(
        tickets.map((ticket) => ({
          name: 'run',
          data: ticket,
          opts: { ...TICKET_OPTIONS, jobId: ticketId(ticket) },
        })),
      );
    },
    check: async () => {
      await queue.getJobCounts('waiting');
    },
    close: async () => {
      // `close` waits for a service that may be gone.
      await withDeadline(queue.close(), CLOSE_TIMEOUT_MS).catch(() => undefined);
      disconnect();
    },
  };
}

/** The ticket inside a job; throws when somebody else put it there. */
export function parseTicket(data: unknown): RunTicket {
  return runTicket.parse(data);
}
