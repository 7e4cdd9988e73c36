/**
 * The promises of a port, as tests that every adapter of it must pass.
 *
 * Promises: a suite uses nothing of an adapter but the port.
 * Refuses to know: any adapter.
 * Fails: as Jest's tests do; outside of Jest this room cannot be imported.
 *
 * @example
 * import { testTableEngine } from '@rat/testing/conformance';
 * import { duckdbEngine } from './duckdb-engine.ts';
 * testTableEngine(duckdbEngine);
 */
export { OBJECT_STORE_CHECKS, testObjectStore } from './object-store.ts';
export { testTableEngine } from './table-engine.ts';
