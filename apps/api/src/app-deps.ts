import type { RunHints } from '@rat/hints';
import type { PipelineDefiner } from '@rat/pipelines';
import type { RunQueue } from '@rat/queue';
import type { Logger } from '@rat/runtime';
import type { Database } from '@rat/store';
import type { RunCaps } from './runs/run-caps.ts';
import type { AllowedHosts } from './http/known-host.ts';
import type { LogDigestCache } from './logs/log-digest-cache.ts';
import type { RunFeed } from './status-feed/run-feed.ts';
import type { RunWatchers } from './logs/run-watchers.ts';
import type { StreamSlots } from './http/stream-slots.ts';

/** All that the routes work with; opened and closed by whoever creates the app. */
export interface AppDeps {
  db: Database;
  queue: RunQueue;
  hints: RunHints;
  /** Renders the templates of pipelines on threads of its own. */
  definer: PipelineDefiner;
  watchers: RunWatchers;
  feed: RunFeed;
  ends: LogDigestCache;
  slots: StreamSlots;
  /** When an event stream is ended in order, so that its client comes back to a replica of today's. */
  maxStreamAgeMs: number;
  /** How long an idempotency key is remembered. */
  idempotencyMs: number;
  /** What callers may ask of one run at most. */
  caps: RunCaps;
  /** Whose word on a client's address is taken: as Express's `trust proxy`. */
  trustProxy: number | string | false;
  /** The names that the API is called by, beside addresses and `localhost`. */
  allowedHosts: AllowedHosts;
  /** How long a JSON body may take to arrive. */
  bodyDeadlineMs?: number;
  log: Logger;
  version: string;
  /** The largest file that may be uploaded. */
  uploadMaxBytes: number;
}
