/**
 * Real services for tests. Imported by tests and by Jest's global set-up only, never by the product.
 *
 * Promises: a migrated database of one's own in milliseconds, a Redis or an honest "there is none", processes that
 * cannot outlive the tests, a network that breaks on command.
 * Refuses to know: what is asserted.
 * Fails: by throwing with the last words of the process that did not come up.
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
