/**
 * A private Postgres for one machine: the binaries are npm packages, nothing is installed.
 *
 * Promises: a server on 127.0.0.1 only, with a random password, as an unprivileged user even if we
 * are root; a data directory that is either complete or absent; what a killed process left behind
 * is recognised and cleaned up.
 * Refuses to know: what is stored in it. Migrations, runs and tests belong to the callers.
 * Fails: with EmbeddedPostgresError, whose message names the remedy.
 *
 * @example
 * const server = await EmbeddedPostgres.start({ home, logFile, durability, maxConnections });
 * await server.ensureDatabase('rat');
 * const url = server.url('rat');
 */
export { EmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.ts';
export { EmbeddedPostgresError } from './embedded-postgres-error.ts';
export { findRunningServer } from './find-running-server.ts';
export { findFreePort, isPortFree } from './free-port.ts';
export { identifyProcess, isAlive, type ProcessIdentity } from './process-identity.ts';
