import type { RunHints } from '@rat/events';
import type { RunQueue } from '@rat/queue';
import type { Logger } from '@rat/runtime';
import type { Database } from '@rat/store';
import type { RunWatchers } from './stream/run-watchers.ts';

/** All that the routes work with; opened and closed by whoever creates the app. */
export interface AppDeps {
  db: Database;
  queue: RunQueue;
  hints: RunHints;
  watchers: RunWatchers;
  log: Logger;
  version: string;
  /** The largest file that may be uploaded. */
  uploadMaxBytes: number;
}
