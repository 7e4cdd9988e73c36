/**
 * Fast, lossy notice that a run's stream has moved.
 *
 * Promises: while the service is up, a hint reaches every subscribed process within milliseconds; after an outage each
 * subscriber is told that it missed some. Redis pub/sub, or Postgres NOTIFY when there is no Redis.
 * Refuses to know: what moved. A hint carries ids and a sequence number, never content; readers go to the store.
 * Fails: silently. `publish` never throws, for nothing may depend on a hint.
 */
export {
  openRunHints,
  type HintConnection,
  type HintListener,
  type RunHints,
} from './run-hints.ts';
