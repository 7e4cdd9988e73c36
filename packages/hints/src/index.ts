/**
 * Fast, lossy notices that a run's stream has new rows.
 *
 * Promises: while the service is up, a hint reaches every subscribed process within milliseconds.
 * After an outage each subscriber gets a gap notice. Uses Redis pub/sub, or Postgres NOTIFY without
 * Redis.
 * Refuses to know: the content. A hint carries ids and a sequence number; readers query the store.
 * Fails: silently. `publish` never throws, because nothing may depend on a hint.
 *
 * @example
 * const hints = openRunHints({ connection: { kind: 'redis', url }, log });
 * const unsubscribe = hints.subscribe({ onHint: wake, onGap: readEverything });
 * await hints.publish({ kind: 'moved', runId, seq, status: 'pending' });
 */
export { openRunHints, type RunHints } from './run-hints.ts';
