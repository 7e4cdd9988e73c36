import { LimitError, UnavailableError } from '@rat/domain';
import { QueryPlaces, type PlaceLimits, type Ticket } from './query-places.ts';

/** The client of a query, and whether the query may wait. */
export interface QueryAsker {
  client: string;
  /** Whether it waits for its place; true where not given. */
  mayWait?: boolean;
  signal: AbortSignal;
}

const RETRY_SECONDS = 2;

/** How often queries that have waited too long are refused. */
const LOOK_EVERY_MS = 100;

/** Gives places to queries as QueryPlaces decides; the other queries wait. */
export class QueryLine {
  readonly #limits: PlaceLimits;
  readonly #places: QueryPlaces;
  readonly #waiting = new Map<Ticket, { begin: () => void; refuse: (error: unknown) => void }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
    this.#places = new QueryPlaces(limits);
  }

  /**
   * Waits until the query may begin; resolves with the function that gives its place back. Throws LimitError when the
   * query waited too long or may not wait, and the reason of the signal.
   */
  async take({ client, mayWait, signal }: Required<QueryAsker>): Promise<() => void> {
    signal.throwIfAborted();
    const ticket = this.#places.enter(client, performance.now());
    if (ticket === undefined) throw this.#crowded();
    const onAbort = (): void => this.#refuse(ticket, signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await new Promise<void>((begin, refuse) => {
        this.#waiting.set(ticket, { begin, refuse });
        this.#serve();
        if (!mayWait && this.#waiting.has(ticket)) this.#refuse(ticket, this.#crowded());
      });
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
    return () => {
      this.#places.leave(ticket);
      this.#serve();
    };
  }

  /** Refuses every query that waits. */
  close(): void {
    const stopping = new UnavailableError('the runner is stopping');
    for (const ticket of this.#waiting.keys()) this.#refuse(ticket, stopping);
    this.#keepTimer();
  }

  #serve(): void {
    for (const ticket of this.#places.begin()) {
      this.#waiting.get(ticket)?.begin();
      this.#waiting.delete(ticket);
    }
    this.#keepTimer();
  }

  #expire(): void {
    for (const ticket of this.#places.expire(performance.now())) {
      this.#refuse(ticket, this.#crowded());
    }
    this.#keepTimer();
  }

  #refuse(ticket: Ticket, error: unknown): void {
    this.#places.leave(ticket);
    this.#waiting.get(ticket)?.refuse(error);
    this.#waiting.delete(ticket);
  }

  #keepTimer(): void {
    if (this.#waiting.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else {
      this.#timer ??= setInterval(() => this.#expire(), LOOK_EVERY_MS);
    }
  }

  #crowded(): LimitError {
    const { places } = this.#limits;
    const message =
      `no place was free within ${this.#limits.waitMs / 1_000} s: a runner answers ${places} queries at once, of one ` +
      `client ${this.#places.share}; try again when one of them has ended`;
    return new LimitError(message, RETRY_SECONDS);
  }
}
