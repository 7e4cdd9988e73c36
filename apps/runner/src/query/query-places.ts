/** The limits for queries. Times are milliseconds of one clock. */
export interface PlaceLimits {
  /** Queries at once. */
  places: number;
  /** How long a query waits for a place before it is refused. */
  waitMs: number;
  /** Most queries of one client that wait; a further one is refused at once. */
  maxWaiting: number;
}

interface Waiting {
  client: string;
  since: number;
}

/** A query that has a place, or stands in line for one. */
export type Ticket = number;

/**
 * Decides which query begins next; it starts no timer and no process. One client holds at most all places but one (the
 * only one, where there is one), so that its long queries leave a place for others. A free place is for the client that
 * holds the fewest, and among its equals for the query that waits longest. A client that asks often gains nothing.
 */
export class QueryPlaces {
  readonly #limits: PlaceLimits;
  readonly #held = new Map<Ticket, string>();
  /** In the order of their arrival. */
  readonly #waiting = new Map<Ticket, Waiting>();
  #next = 1;

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  /** Most places that one client may hold. */
  get share(): number {
    return Math.max(1, this.#limits.places - 1);
  }

  /** The query's ticket; it is in line until `begin` names it. undefined when its client has too many in line. */
  enter(client: string, now: number): Ticket | undefined {
    const waiting = [...this.#waiting.values()].filter((one) => one.client === client).length;
    if (waiting >= this.#limits.maxWaiting) return undefined;
    const ticket = this.#next;
    this.#next += 1;
    this.#waiting.set(ticket, { client, since: now });
    return ticket;
  }

  /** Gives free places to queries in line, and answers their tickets. */
  begin(): Ticket[] {
    const begun: Ticket[] = [];
    for (let next = this.#choose(); next !== undefined; next = this.#choose()) {
      const waiting = this.#waiting.get(next);
      if (waiting === undefined) break;
      this.#waiting.delete(next);
      this.#held.set(next, waiting.client);
      begun.push(next);
    }
    return begun;
  }

  /** Ends a query, or takes it out of the line. */
  leave(ticket: Ticket): void {
    this.#held.delete(ticket);
    this.#waiting.delete(ticket);
  }

  /** Takes the queries that have waited too long out of the line, and answers their tickets. */
  expire(now: number): Ticket[] {
    const late = [...this.#waiting]
      .filter(([, { since }]) => now - since >= this.#limits.waitMs)
      .map(([ticket]) => ticket);
    for (const ticket of late) this.#waiting.delete(ticket);
    return late;
  }

  #choose(): Ticket | undefined {
    if (this.#held.size >= this.#limits.places) return undefined;
    let best: { ticket: Ticket; held: number } | undefined;
    for (const [ticket, { client }] of this.#waiting) {
      const held = this.#heldBy(client);
      if (held >= this.share) continue;
      if (best === undefined || held < best.held) best = { ticket, held };
    }
    return best?.ticket;
  }

  #heldBy(client: string): number {
    return [...this.#held.values()].filter((holder) => holder === client).length;
  }
}
