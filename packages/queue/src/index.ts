/**
 * At-least-once delivery of run tickets, on BullMQ.
 *
 * Promises: a ticket that was rung reaches some runner, once or more, as long as the service keeps it; ringing the same
 * ticket twice is ringing it once. The same API on Redis and on Postgres, chosen in `backend.ts` alone.
 * Refuses to know: what a run is, its state, its result. Losing every ticket costs time, never a run.
 * Fails: a producer's call throws within about a second when the service is out of reach; a consumer waits for it.
 */
export { migrateQueue } from './backend.ts';
export * from './connection.ts';
export { DEFAULT_POOL, openRunQueue, type RunQueue, type TicketRequest } from './run-queue.ts';
export * from './run-worker.ts';
