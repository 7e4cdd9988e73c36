import type { Logger } from '@rat/runtime';
import type { Database } from '@rat/store';
import type { StreamSlots } from '../http/stream-slots.ts';
import type { RunFeed } from './run-feed.ts';

/** Dependencies of the event stream of all runs. */
export interface FeedDeps {
  db: Database;
  feed: RunFeed;
  slots: StreamSlots;
  /** Maximum age of an event stream. Its client then reconnects, perhaps to a newer replica. */
  maxStreamAgeMs: number;
  log: Logger;
}
