/**
 * Real services for tests. Only tests, Jest's global set-up and the programs of `chaos`, `bench` and
 * `interop` import this package, never the product.
 *
 * Promises: a migrated database of the test's own in milliseconds; a Redis, or undefined when there
 * is none; processes that cannot outlive the tests; a network that fails on command.
 * Refuses to know: the assertions; chaos, benchmarks and other engines.
 * Fails: by throwing with the last output of the process that did not start.
 *
 * @example
 * const fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
 * await fleet.putPipeline('default/silver/orders', { sql: 'SELECT 1 AS n' });
 * await fleet.spy.waitFor(await fleet.createRun('default/silver/orders'), 'success');
 */
export { findFreePort } from './free-port.ts';
export { AnswerCheck } from './answer-check.ts';
export { backends, testRedisUrl, type Backend } from './backends.ts';
export { bestOf } from './best-of.ts';
export { openPage, type BrowserPage } from './browser.ts';
export { checkLineageEvent } from './lineage-check.ts';
export { openReceiver, type Receiver } from './receiver.ts';
export { openCuttingProxy, type CuttingProxy } from './cutting-proxy.ts';
export {
  BWRAP,
  CHROMIUM,
  findForSuite,
  findProgram,
  FISH,
  NGINX,
  PROMTOOL,
  ZSH,
} from './debian-program.ts';
export { openEventStream, type EventStream, type StreamEvent } from './event-stream.ts';
export { eventually } from './eventually.ts';
export { FaultProxy } from './fault-proxy.ts';
export { startFleet, type Fleet } from './fleet.ts';
export { Gate } from './gate.ts';
export { CLIENT, openProvider, type ProviderFixture } from './identity-provider.ts';
export { openRunFolder, recordProcesses, sweepLeftovers } from './leftovers.ts';
export { startNginx, type Nginx } from './nginx.ts';
export { closeServices, openServices } from './open-services.ts';
export { findRedisProgram, startRedis, type RedisServer } from './redis-server.ts';
export { createRunSpy, type RunSpy } from './run-spy.ts';
export { listeningUrl, startNode, ServiceProcess } from './service-process.ts';
export { openStoreFixture, ORDERS, type StoreFixture } from './store-fixture.ts';
export { createTestDatabase, onServer, type TestDatabase } from './test-database.ts';
export { testServices, testWishes } from './test-environment.ts';
