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

/** Dependencies of all routes. The caller of `createApp` opens and closes them. */
export interface AppDeps {
  db: Database;
  queue: RunQueue;
  hints: RunHints;
  /** Renders pipeline templates on its own threads. */
  definer: PipelineDefiner;
  watchers: RunWatchers;
  feed: RunFeed;
  ends: LogDigestCache;
  slots: StreamSlots;
  /** Maximum age of an event stream. Its client then reconnects, perhaps to a newer replica. */
  maxStreamAgeMs: number;
  /** How long an idempotency key is kept. */
  idempotencyMs: number;
  /** The limits on one run that a caller may request. */
  caps: RunCaps;
  /** The proxies whose `X-Forwarded-For` is trusted, as Express's `trust proxy`. */
  trustProxy: number | string | false;
  /** Host names of the API, in addition to addresses and `localhost`. */
  allowedHosts: AllowedHosts;
  /** Time limit for a JSON body to arrive. */
  bodyDeadlineMs?: number;
  log: Logger;
  version: string;
  /** The largest file that may be uploaded. */
  uploadMaxBytes: number;
}
