import type { RunHints } from '@rat/hints';
import type { RunQueue } from '@rat/queue';
import type { JobObserver, Logger } from '@rat/runtime';
import type { Database } from '@rat/store';

/** The database, the queue and the hints that dispatching a run needs. */
export interface DispatchDeps {
  db: Database;
  queue: RunQueue;
  hints: RunHints;
  log: Logger;
  /** Counts what dispatch does, for metrics. */
  observer?: DispatchObserver;
}

/** Learns what dispatch does in this process. It must not throw. */
export interface DispatchObserver extends JobObserver {
  /** Due times of schedules, by what became of them. */
  fired: (
    times: Record<'run' | 'skipped' | 'missed' | 'refused' | 'invalid' | 'failed', number>,
  ) => void;
  enqueuedAgain: (tickets: number) => void;
}
