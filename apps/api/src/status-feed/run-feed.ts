import { UnavailableError } from '@rat/domain';
import type { RunHints } from '@rat/hints';
import { repeat } from '@rat/runtime';
import { readStatusChanges, type ChangeCursor, type Database, type StatusChange } from '@rat/store';

/** A page of the feed. `isHeld`: more changes exist, but wait for an older transaction to end. */
export interface FeedPage {
  changes: StatusChange[];
  isHeld: boolean;
}

/** The status changes of all runs, shared by all their readers in this process. */
export interface RunFeed {
  /** Increases whenever there may be a new change. */
  readonly version: number;
  /** Whether the process is stopping. */
  readonly ended: boolean;
  /** Up to a page of changes after a cursor. Readers at the same cursor share one statement. */
  read(after: ChangeCursor): Promise<FeedPage>;
  /** Waits until the version differs from `version`, the feed has ended or `signal` aborts. */
  changed(version: number, signal: AbortSignal): Promise<void>;
  /** Throws UnavailableError when the process is stopping. */
  assertOpen(): void;
  endAll(): void;
  close(): Promise<void>;
}

const PAGE_ROWS = 500;

/** Interval of the sweep: the longest delay that a lost hint causes. */
const SWEEP_MS = 2_000;

/** Debounce of hints: a busy fleet publishes hundreds a second. */
const GATHER_MS = 50;

/** Opens the subscription and the sweep. Without a reader, it sends no statement. */
export function openRunFeed(deps: { db: Database; hints: RunHints; sweepMs?: number }): RunFeed {
  const closing = new AbortController();
  const reads = new Map<string, { version: number; page: Promise<FeedPage> }>();
  const waiting = new Set<() => void>();
  let version = 1;
  let gathering: NodeJS.Timeout | undefined;

  const wakeAll = (): void => {
    gathering = undefined;
    version += 1;
    for (const wake of waiting) wake();
  };
  // Every move counts, because a hint may omit the status.
  const unsubscribe = deps.hints.subscribe({
    onHint: (hint) => {
      if (hint.kind === 'moved') gathering ??= setTimeout(wakeAll, GATHER_MS);
    },
    onGap: wakeAll,
  });
  const sweeping = repeat(async () => wakeAll(), {
    everyMs: deps.sweepMs ?? SWEEP_MS,
    signal: closing.signal,
    onError: () => undefined,
  });
  const endAll = (): void => {
    closing.abort();
    clearTimeout(gathering);
    wakeAll();
  };
  return {
    get version() {
      return version;
    },
    get ended() {
      return closing.signal.aborted;
    },
    read: (after) => {
      const key = formatCursor(after);
      const current = reads.get(key);
      // An older read may have begun before the commit that woke this reader.
      if (current?.version === version) return current.page;
      const read = { version, page: readStatusChanges(deps.db, { after, limit: PAGE_ROWS }) };
      reads.set(key, read);
      const forget = (): void => {
        if (reads.get(key) === read) reads.delete(key);
      };
      read.page.then(forget, forget);
      return read.page;
    },
    changed: async (seen, signal) => {
      if (version !== seen || closing.signal.aborted || signal.aborted) return;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
    },
    assertOpen: () => {
      if (closing.signal.aborted) throw new UnavailableError('this server is stopping, ask again');
    },
    endAll,
    close: async () => {
      unsubscribe();
      endAll();
      await sweeping;
    },
  };
}

/** The event id of a cursor. */
export function formatCursor(cursor: ChangeCursor): string {
  return `${cursor.xid}-${cursor.position}`;
}
