import { INSTALLATION_METRICS, openInstruments, type Registry } from '@rat/metrics';
import { coerceError, withDeadline, type Logger } from '@rat/runtime';
import {
  readChangeHorizon,
  readInstallation,
  readRunMoves,
  type ChangeCursor,
  type Database,
} from '@rat/store';
import { countMove, startAtZero, type RunInstruments } from './count-move.ts';
import { showState } from './show-state.ts';

/** All scrapes within this time share one read. */
const FRESH_MS = 4_000;

/** A scrape waits no longer; Prometheus gives up after 10 s. The read continues and serves the next one. */
const PATIENCE_MS = 5_000;

const PAGE_ROWS = 1_000;

/** A scrape after a long pause counts this many pages, and the next one continues there. */
const PAGES_A_READ = 20;

/**
 * Reads the metrics of the installation from Postgres when a scrape needs them. Without a scrape it
 * sends no statement. Status changes are counted in the order of their commits from the first
 * scrape on, each once, so a run needs no counter in the process that executes it.
 */
export class InstallationReader {
  readonly #db: Database;
  readonly #log: Logger;
  readonly #own: RunInstruments;
  #cursor: ChangeCursor | undefined;
  #reading: Promise<void> | undefined;
  #readAt = -Infinity;

  constructor(deps: { db: Database; log: Logger; registry: Registry }) {
    this.#db = deps.db;
    this.#log = deps.log;
    this.#own = openInstruments(deps.registry, INSTALLATION_METRICS);
    startAtZero(this.#own);
    this.#own.rat_state_read_success.set(0);
  }

  /** Refreshes the metrics unless they are fresh. Never throws: `rat_state_read_success` is 0 then. */
  async refresh(): Promise<void> {
    if (performance.now() - this.#readAt < FRESH_MS) return;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    try {
      await withDeadline(this.#reading, PATIENCE_MS);
      this.#own.rat_state_read_success.set(1);
    } catch (error) {
      this.#own.rat_state_read_success.set(0);
      this.#log.warn({ err: coerceError(error) }, 'metrics not read from the database');
    }
  }

  async #read(): Promise<void> {
    const { now, end } = await readChangeHorizon(this.#db);
    // A cursor beyond the end is of another database: a restored one counts transactions from below.
    if (this.#cursor === undefined || this.#cursor.xid > end) this.#cursor = now;
    await this.#countMoves(this.#cursor);
    showState(this.#own, await readInstallation(this.#db));
    this.#readAt = performance.now();
  }

  async #countMoves(from: ChangeCursor): Promise<void> {
    let after = from;
    for (let page = 0; page < PAGES_A_READ; page += 1) {
      const moves = await readRunMoves(this.#db, { after, limit: PAGE_ROWS });
      for (const move of moves) {
        countMove(this.#own, move);
        after = move.cursor;
        this.#cursor = after;
      }
      if (moves.length < PAGE_ROWS) return;
    }
  }
}
