import { randomUUID } from 'node:crypto';
import { runTicket, ticketId, type RunTicket } from '@rat/contracts';
import { coerceError, withDeadline, type Logger } from '@rat/runtime';
import type { JobsOptions, Queue } from 'bullmq';
import { createBackend, type OpenedProducer } from './backend.ts';
import type { QueueConnection } from './connection.ts';

/** The pool of runs whose pipeline names none. */
export const DEFAULT_POOL = 'default';

/**
 * The queue of a pool. Each pool has its own, so a runner receives only tickets that it may take.
 */
export function queueName(pool: string): string {
  return pool === DEFAULT_POOL ? 'runs' : `runs-${pool}`;
}

/** A ticket, its priority and its pool. */
export interface TicketRequest extends RunTicket {
  /** −100 to 100; greater is delivered earlier. */
  priority?: number | undefined;
  pool?: string | undefined;
}

/**
 * BullMQ's priorities start at 1, and smaller is earlier; a job without one would overtake all
 * others.
 */
const LOWEST_PRIORITY = 101;

/** The producer side of the queue. */
export interface RunQueue {
  /**
   * Adds the ticket of one attempt, to be delivered after `delayMs`. Adding the same ticket again
   * changes nothing. Throws within about a second when the service is unreachable; rescue then
   * enqueues the run later.
   */
  enqueue(ticket: TicketRequest, delayMs?: number): Promise<void>;
  /**
   * Adds tickets again that may have been lost, or that the queue has completed while their runs
   * still wait.
   */
  reenqueue(tickets: readonly TicketRequest[]): Promise<void>;
  /**
   * Adds tickets of runs that a claim turned away and that may start now. They get new ids, because
   * the queue may be about to complete the first ticket.
   */
  enqueueNext(tickets: readonly TicketRequest[]): Promise<void>;
  /** Throws when the service is unreachable. */
  check(): Promise<void>;
  /**
   * Throws when the service accepts no writes: it is out of memory, read-only, or cannot save.
   * Writes a few bytes.
   */
  checkWrites(): Promise<void>;
  /** BullMQ's queue of the default pool. */
  readonly bullQueue: Queue;
  /**
   * BullMQ's queues of these pools and of every pool that this process has enqueued to, the default
   * pool's first. The board reads them itself. Unreachable queues are left out, except the default
   * pool's.
   */
  bullQueuesOf(pools: readonly string[]): Promise<readonly Queue[]>;
  close(): Promise<void>;
}

/** Finished tickets are kept only for the board; the run’s row holds the facts. */
const TICKET_OPTIONS: JobsOptions = {
  attempts: 1,
  removeOnComplete: { count: 1_000 },
  removeOnFail: { count: 1_000 },
  sizeLimit: 2_048,
};

const CLOSE_TIMEOUT_MS = 1_000;
const READY_TIMEOUT_MS = 1_000;

/**
 * How long a ticket may be active. A claim takes milliseconds; after this time the worker may be
 * dead.
 */
const HANDED_OVER_MS = 3_000;

/** Opens the producer side. Connects in the background. */
export function openRunQueue(options: {
  connection: QueueConnection;
  /** Redis only: separates several installations, or tests, on one server. */
  prefix?: string | undefined;
  log: Logger;
}): RunQueue {
  const producers = new Map<string, Producer>();
  const producerOf = (pool: string): Producer => {
    let producer = producers.get(pool);
    if (producer === undefined) {
      producer = new Producer(options, queueName(pool));
      producers.set(pool, producer);
    }
    return producer;
  };
  const main = producerOf(DEFAULT_POOL);
  /**
   * Adds tickets pool by pool. If a queue fails, its pool and the remaining ones wait for the next
   * turn of rescue.
   */
  const addAll = async (
    tickets: readonly TicketRequest[],
    idOf: (queue: Queue, ticket: TicketRequest) => Promise<string | undefined>,
  ): Promise<void> => {
    const pools = new Set(tickets.map((one) => one.pool ?? DEFAULT_POOL));
    for (const pool of pools) {
      const ofPool = tickets.filter((one) => (one.pool ?? DEFAULT_POOL) === pool);
      await producerOf(pool).use(async (queue) => {
        const jobs = ofPool.map(async (one) => {
          const id = await idOf(queue, one);
          return id === undefined ? [] : [toJob(one, id)];
        });
        await queue.addBulk((await Promise.all(jobs)).flat());
      });
    }
  };
  return {
    get bullQueue() {
      return main.queue;
    },
    bullQueuesOf: async (pools) => {
      const all = new Set([main, ...pools.map(producerOf), ...producers.values()]);
      const reached = await Promise.all([...all].map((one) => one.isReached()));
      return [...all].filter((one, i) => one === main || reached[i]).map((one) => one.queue);
    },
    enqueue: (ticket, delayMs = 0) =>
      producerOf(ticket.pool ?? DEFAULT_POOL).use(async (queue) => {
        const { name, data, opts } = toJob(ticket, ticketId(ticket));
        const delay = delayMs > 0 ? { delay: Math.round(delayMs) } : {};
        await queue.add(name, data, { ...opts, ...delay });
      }),
    reenqueue: (tickets) => addAll(tickets, freeId),
    enqueueNext: (tickets) =>
      addAll(tickets, async (_queue, one) => `${ticketId(one)}-${randomUUID()}`),
    check: () => main.use((queue) => readOne(queue)),
    checkWrites: () => main.write(),
    close: async () => {
      await Promise.all([...producers.values()].map((one) => one.close()));
    },
  };
}

/** The cheapest call that shows whether the service answers. */
async function readOne(queue: Queue): Promise<void> {
  await queue.getJobCounts('waiting');
}

/**
 * The job of a ticket. It is named after the pipeline, so that people recognise it on the board.
 * Pool and priority only direct the delivery.
 */
function toJob(
  { runId, attempt, priority = 0, pipeline, trigger }: TicketRequest,
  jobId: string,
): { name: string; data: RunTicket; opts: JobsOptions } {
  const opts = { ...TICKET_OPTIONS, jobId, priority: LOWEST_PRIORITY - priority };
  const about = pipeline === undefined ? {} : { pipeline, trigger };
  return { name: ticketName(pipeline), data: { runId, attempt, ...about }, opts };
}

/** How the board calls a ticket: the address of its pipeline, without the default namespace. */
export function ticketName(pipeline = 'run'): string {
  return pipeline.replace(/^default\./, '');
}

/**
 * The job id under which a ticket can be delivered once more; undefined when it will be delivered
 * anyway. The state of the job decides, not the existence of its hash: a service that lost a list
 * keeps the hash, and adding the same id again would have no effect. The second id replaces a
 * ticket that a worker holds and may never complete. The third id changes every minute and is used
 * when both are held; it bounds how many jobs rescue adds.
 */
async function freeId(queue: Queue, ticket: RunTicket): Promise<string | undefined> {
  const id = ticketId(ticket);
  const minute = Math.floor(Date.now() / 60_000);
  for (const candidate of [id, `${id}-again`, `${id}-${minute}`]) {
    const place = await makePlace(queue, candidate);
    if (place === 'free') return candidate;
    if (place === 'scheduled') return undefined;
  }
  return undefined;
}

/**
 * Removes a job that would make its repeated ticket a no-op:
 * - completed, failed: a worker consumed it without effect, because Postgres was down at the claim;
 * - unknown: the queue lost the list that held it, or never had it;
 * - delayed: the run is due now, although the queue's clock differs.
 *
 * Returns `held` when a worker has had the job for longer than a claim takes, or locks it.
 */
async function makePlace(queue: Queue, id: string): Promise<'free' | 'scheduled' | 'held'> {
  switch (await queue.getJobState(id)) {
    case 'waiting':
    case 'prioritized':
    case 'waiting-children':
      return 'scheduled';
    case 'active': {
      const handedOverAt = (await queue.getJob(id))?.processedOn ?? 0;
      return Date.now() - handedOverAt > HANDED_OVER_MS ? 'held' : 'scheduled';
    }
    case 'completed':
    case 'failed':
    case 'delayed':
    case 'unknown':
      // The return value of `remove` for a missing job differs between the services.
      await queue.remove(id);
      return (await queue.getJob(id)) === undefined ? 'free' : 'held';
  }
}

/**
 * A BullMQ producer that is replaced until it has worked once. On Postgres, BullMQ remembers a
 * connection failure during set-up for ever.
 *
 * Modes: new (`#hasWorked` is false; a failure replaces the producer) → working (failures are only
 * reported).
 */
class Producer {
  readonly #options: Parameters<typeof openRunQueue>[0];
  readonly #name: string;
  #opened: OpenedProducer;
  #hasWorked = false;

  constructor(options: Parameters<typeof openRunQueue>[0], name: string) {
    this.#options = options;
    this.#name = name;
    this.#opened = this.#open();
  }

  get queue(): Queue {
    return this.#opened.queue;
  }

  async use(work: (queue: Queue) => Promise<void>): Promise<void> {
    const used = this.#opened;
    try {
      // Wait until it is ready: the first ticket of a pool is added at the moment that its producer
      // is opened. Once it has worked, it fails fast.
      if (!this.#hasWorked) await withDeadline(used.ready(), READY_TIMEOUT_MS);
      await work(used.queue);
      this.#hasWorked = true;
    } catch (error) {
      if (!this.#hasWorked && this.#opened === used) {
        this.#opened = this.#open();
        await closeProducer(used);
      }
      throw error;
    }
  }

  write(): Promise<void> {
    return this.#opened.write();
  }

  /** Whether it has worked before, or works now. */
  async isReached(): Promise<boolean> {
    if (this.#hasWorked) return true;
    return this.use((queue) => readOne(queue)).then(
      () => true,
      () => false,
    );
  }

  close(): Promise<void> {
    return closeProducer(this.#opened);
  }

  #open(): OpenedProducer {
    const { connection, log, prefix } = this.#options;
    const backend = createBackend(connection, log);
    const opened = backend.openProducer(this.#name, { prefix: prefix ?? 'rat' });
    opened.queue.on('error', (error) => log.warn({ err: coerceError(error) }, 'queue error'));
    return opened;
  }
}

/**
 * Closes a producer within a deadline: BullMQ's `close` waits for the service, which may be down.
 */
async function closeProducer(opened: OpenedProducer): Promise<void> {
  await withDeadline(opened.queue.close(), CLOSE_TIMEOUT_MS).catch(() => undefined);
  opened.disconnect();
}

/** Parses the ticket of a job; throws if another program added the job. */
export function parseTicket(data: unknown): RunTicket {
  return runTicket.parse(data);
}
