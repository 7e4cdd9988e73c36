import type { StreamSlots } from '../http/stream-slots.ts';
import type { LogDigestCache } from './log-digest-cache.ts';
import type { LogSource } from './read-run-stream.ts';
import type { RunWatchers } from './run-watchers.ts';

/** Dependencies of the routes of logs. */
export interface LogDeps extends LogSource {
  watchers: RunWatchers;
  ends: LogDigestCache;
  slots: StreamSlots;
  /** Maximum age of an event stream. Its client then reconnects, perhaps to a newer replica. */
  maxStreamAgeMs: number;
}
