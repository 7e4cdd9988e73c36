/**
 * Real services for tests. Only tests and Jest's global set-up import this room, never the product.
 *
 * Promises: a migrated database of the test's own in milliseconds; a Redis, or undefined when there
 * is none; processes that cannot outlive the tests; a network that fails on command.
 * Refuses to know: the assertions.
 * Fails: by throwing with the last output of the process that did not start.
 */
export { AnswerCheck } from './answer-check.ts';
export * from './backends.ts';
export * from './browser.ts';
export { BWRAP, CHROMIUM, findForSuite, NGINX } from './debian-program.ts';
export { findFreePort } from '@rat/embedded-postgres';
export * from './event-stream.ts';
export * from './eventually.ts';
export * from './fault-proxy.ts';
export * from './fleet.ts';
export * from './gate.ts';
export * from './best-of.ts';
export * from './nginx.ts';
export { findRedisProgram, startRedis, type RedisServer } from './redis-server.ts';
export * from './run-spy.ts';
export * from './service-process.ts';
export * from './store-fixture.ts';
export * from './test-database.ts';
export { testWishes } from './test-environment.ts';
