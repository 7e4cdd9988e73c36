/**
 * A private Postgres for one machine: the binaries come from npm, nothing is installed.
 *
 * Promises: a server on 127.0.0.1 only, with a random password, as an unprivileged user also when we are root; a data
 * directory that is either complete or absent; what a killed process left behind is recognised and cleaned up.
 * Refuses to know: what is stored in it. Migrations, runs and tests belong to the callers.
 * Fails: EmbeddedPostgresError, whose message tells an operator what to do.
 */
export * from './embedded-postgres.ts';
export * from './embedded-postgres-error.ts';
export * from './free-port.ts';
export * from './process-identity.ts';
export { stopOrphan } from './orphan.ts';
