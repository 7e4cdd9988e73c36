import { randomUUID } from 'node:crypto';
import { runTicket, ticketId, type RunTicket } from '@rat/contracts';
import { coerceError, withDeadline, type Logger } from '@rat/runtime';
import type { JobsOptions, Queue } from 'bullmq';
import { createBackend, type OpenedProducer } from './backend.ts';
import type { QueueConnection } from './connection.ts';

/** Runs that ask for no pool are in this one. */
export const DEFAULT_POOL = 'default';

/** Each pool has a queue of its own: a runner sees no ticket that it may not take. */
export function queueName(pool: string): string {
  return pool === DEFAULT_POOL ? 'runs' : `runs-${pool}`;
}

/** A ticket, and where it goes. */
export interface TicketRequest extends RunTicket {
  /** −100 to 100; greater is delivered earlier. */
  priority?: number | undefined;
  pool?: string | undefined;
}

/** BullMQ's own priorities begin at 1, the smaller the earlier; one without any would overtake them all. */
const LOWEST_PRIORITY = 101;

/** Where tickets are rung. */
export interface RunQueue {
  /**
   * Wakes a runner for one attempt, after `delayMs`. The same ticket again changes nothing. Throws within about a
   * second when the service is out of reach; the rescue loop then rings later.
   */
  enqueue(ticket: TicketRequest, delayMs?: number): Promise<void>;
  /** Rings tickets that may have been lost, or that the queue believes done while their runs still wait. */
  reenqueue(tickets: readonly TicketRequest[]): Promise<void>;
  /**
   * Rings tickets of runs that were turned away and whose turn has come. They go beside the first ones, which the queue
   * may be about to call done.
   */
  enqueueNext(tickets: readonly TicketRequest[]): Promise<void>;
  /** Throws when the service is out of reach. */
  check(): Promise<void>;
  /** Throws when the service takes no writes: it is out of memory, read-only, or cannot save. Writes a few bytes. */
  checkWrites(): Promise<void>;
  /** The default pool's. */
  readonly bullQueue: Queue;
  /**
   * Those of these pools and of every one that this process has rung for, the default pool's first: for the board, which
   * reads them itself. Without those that cannot be reached, but for the default pool's.
   */
  bullQueuesOf(pools: readonly string[]): Promise<readonly Queue[]>;
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
const READY_TIMEOUT_MS = 1_000;

/** A claim takes milliseconds; a ticket in hand for longer than this is in nobody's. */
const HANDED_OVER_MS = 3_000;

export function openRunQueue(options: {
  connection: QueueConnection;
  /** Redis only: keeps several installations, or tests, apart on one server. */
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
  /** The pools one after the other: one whose queue fails is for the next turn, as are those behind it. */
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

/** As little as shows that the service answers. */
async function readOne(queue: Queue): Promise<void> {
  await queue.getJobCounts('waiting');
}

/** The queue carries ids only; the rest says where to. */
function toJob(
  { runId, attempt, priority = 0 }: TicketRequest,
  jobId: string,
): { name: string; data: RunTicket; opts: JobsOptions } {
  const opts = { ...TICKET_OPTIONS, jobId, priority: LOWEST_PRIORITY - priority };
  return { name: 'run', data: { runId, attempt }, opts };
}

/**
 * The id under which a ticket can be delivered once more; undefined when it will be delivered anyway. The job's state
 * decides, never its hash alone: a service that lost a list keeps the hash, and adding the same id would change nothing.
 * The second id stands in for a ticket that a worker holds and may never answer. The third one is for a minute in which
 * both are held; it bounds what the rescue adds.
 */
async function freeId(queue: Queue, ticket: RunTicket): Promise<string | undefined> {
  const id = ticketId(ticket);
  const minute = Math.floor(Date.now() / 60_000);
  for (const candidate of [id, `${id}-again`, `${id}-${minute}`]) {
    const place = await makePlace(queue, candidate);
    if (place === 'free') return candidate;
    if (place === 'on its way') return undefined;
  }
  return undefined;
}

/**
 * Removes a job that would swallow the repetition of its ticket:
 * - completed, failed: a worker consumed it without effect, because Postgres was down at the claim.
 * - unknown: the queue lost the list that held it, or never had it.
 * - delayed: its run is due now, whatever the queue's clock says.
 * `held`: a worker has it in hand for longer than a claim takes, or locks it.
 */
async function makePlace(queue: Queue, id: string): Promise<'free' | 'on its way' | 'held'> {
  switch (await queue.getJobState(id)) {
    case 'waiting':
    case 'prioritized':
    case 'waiting-children':
      return 'on its way';
    case 'active': {
      const handedOverAt = (await queue.getJob(id))?.processedOn ?? 0;
      return Date.now() - handedOverAt > HANDED_OVER_MS ? 'held' : 'on its way';
    }
    case 'completed':
    case 'failed':
    case 'delayed':
    case 'unknown':
      // What `remove` answers for a job that is not there differs between the services.
      await queue.remove(id);
      return (await queue.getJob(id)) === undefined ? 'free' : 'held';
  }
}

/**
 * BullMQ's producer, opened anew for as long as it has never worked: on Postgres it remembers for ever that its
 * connection failed while it was set up.
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
      // Afterwards it fails fast, but the first ticket of a pool is rung the moment that its producer is opened.
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

  /** Whether it has worked, or does now. */
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

/** BullMQ's `close` waits for a service that may be gone. */
async function closeProducer(opened: OpenedProducer): Promise<void> {
  await withDeadline(opened.queue.close(), CLOSE_TIMEOUT_MS).catch(() => undefined);
  opened.disconnect();
}

/** The ticket inside a job; throws when somebody else put it there. */
export function parseTicket(data: unknown): RunTicket {
  return runTicket.parse(data);
}
