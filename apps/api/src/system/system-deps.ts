import type { RunQueue } from '@rat/queue';
import type { Logger } from '@rat/runtime';
import type { Database } from '@rat/store';

/** Dependencies of the routes of the process itself and of the board. */
export interface SystemDeps {
  db: Database;
  queue: RunQueue;
  log: Logger;
  version: string;
}
