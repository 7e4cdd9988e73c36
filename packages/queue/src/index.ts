/**
 * At-least-once delivery of run tickets, on BullMQ.
 *
 * Promises: an enqueued ticket reaches a runner at least once while the service keeps it. Enqueueing
 * the same ticket twice has the effect of once. The API is the same on Redis and on Postgres; only
 * `backend.ts` differs.
 * Refuses to know: what a run is, its state, its result. Losing every ticket delays runs and loses
 * none.
 * Fails: a producer's call throws within about a second when the service is unreachable; a consumer
 * waits for the service.
 *
 * @example
 * const queue = openRunQueue({ connection, log });
 * await queue.enqueue({ runId, attempt: 1 });
 * const worker = openRunWorker({ connection, name, concurrency: 4, process, log });
 */
export { migrateQueue } from './backend.ts';
export { chooseQueueConnection, type QueueConnection } from './connection.ts';
export { inspectRedis, type RedisFacts } from './inspect-redis.ts';
export { readRunFailure } from './run-failed.ts';
export { openRunQueue, queueName, ticketName, type RunQueue } from './run-queue.ts';
export { openRunWorker } from './run-worker.ts';
