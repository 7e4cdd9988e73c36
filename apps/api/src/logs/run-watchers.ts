import { UnavailableError } from '@rat/domain';
import type { RunHints } from '@rat/hints';
import { coerceError, repeat, type Logger } from '@rat/runtime';
import { readLastSeqs, readStream, type Database, type RunEvent } from '@rat/store';
import { frameEvent, type StreamFrame } from './frame-event.ts';
import { inSlices } from './in-slices.ts';
import { RunWatch } from './run-watch.ts';

/** All watchers of runs in this process: one subscription to hints, and one watch for each run. */
export interface RunWatchers {
  /**
   * Begins to watch a run whose stream reaches `lastSeq`. Throws UnavailableError when the process
   * is stopping. The caller must call `release` exactly once.
   */
  watch(runId: string, lastSeq: number): { watch: RunWatch; release: () => void };
  /** Ends every watch and refuses new ones. */
  endAll(): void;
  close(): Promise<void>;
}

/** Interval of the sweep: the longest delay that a lost hint causes. */
const SWEEP_MS = 2_000;

interface Shared {
  watch: RunWatch;
  watchers: number;
}

/**
 * Opens the subscription and the sweep. The sweep reads the ends of all watched streams with one
 * statement every `sweepMs`, and at once after a gap in the hints. Without a watcher, it sends no
 * statement.
 */
export function openRunWatchers(deps: {
  db: Database;
  hints: RunHints;
  sweepMs?: number;
  log: Logger;
}): RunWatchers {
  const { db, log } = deps;
  const runs = new Map<string, Shared>();
  const closing = new AbortController();

  const sweep = async (): Promise<void> => {
    if (runs.size === 0) return;
    const watched = [...runs.keys()];
    const ends = await readLastSeqs(db, watched);
    for (const { runId, lastSeq } of ends) runs.get(runId)?.watch.observe(lastSeq);
    const found = new Set(ends.map((end) => end.runId));
    for (const runId of watched) if (!found.has(runId)) runs.get(runId)?.watch.end();
  };
  const onSweepError = (error: unknown): void => {
    log.warn({ err: coerceError(error) }, 'sweep of watched runs failed');
  };
  const unsubscribe = deps.hints.subscribe({
    onHint: (hint) => {
      if (hint.kind === 'moved') runs.get(hint.runId)?.watch.observe(hint.seq);
    },
    onGap: () => {
      sweep().catch(onSweepError);
    },
  });
  const sweeping = repeat(sweep, {
    everyMs: deps.sweepMs ?? SWEEP_MS,
    signal: closing.signal,
    onError: onSweepError,
  });

  const share = (runId: string): Shared => {
    const existing = runs.get(runId);
    if (existing !== undefined) return existing;
    const watch = new RunWatch(async (afterSeq, limit) => {
      const page = await readStream(db, { runId, afterSeq, limit });
      if (page.kind === 'rows') return frameRows(page.rows);
      // The stream was archived during the watch. A client that reconnects gets the archived
      // stream.
      watch.end();
      return [];
    });
    const shared = { watch, watchers: 0 };
    runs.set(runId, shared);
    return shared;
  };
  const endAll = (): void => {
    closing.abort();
    for (const { watch } of runs.values()) watch.end();
  };
  return {
    watch: (runId, lastSeq) => {
      if (closing.signal.aborted) throw new UnavailableError('this server is stopping, ask again');
      const shared = share(runId);
      shared.watchers += 1;
      shared.watch.observe(lastSeq);
      const release = (): void => {
        shared.watchers -= 1;
        // A new watch of the same run may have replaced an ended one.
        if (shared.watchers === 0 && runs.get(runId) === shared) runs.delete(runId);
      };
      return { watch: shared.watch, release };
    },
    endAll,
    close: async () => {
      unsubscribe();
      endAll();
      await sweeping;
    },
  };
}

async function frameRows(rows: RunEvent[]): Promise<StreamFrame[]> {
  const frames: StreamFrame[] = [];
  for await (const slice of inSlices([rows])) frames.push(...slice.map(frameEvent));
  return frames;
}
