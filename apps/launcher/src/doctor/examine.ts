import { resolve } from 'node:path';
import { findRunningServer } from '@rat/embedded-postgres';
import { inspectRedis } from '@rat/queue';
import { coerceError } from '@rat/runtime';
import { inspectDatabase, type DatabaseFacts } from '@rat/store';
import { placesOf } from '../backup/open-places.ts';
import { DATABASE } from '../database.ts';
import type { DoctorEnv } from '../env.ts';
import { isLoopback, localUrl } from '../local-url.ts';
import { plainLine } from '../plain-error.ts';
import { failed, ok, skipped, type Check } from './check.ts';
import { judgeMigrations, judgePostgres } from './judge-database.ts';
import {
  judgeClock,
  judgeFolder,
  judgeNode,
  judgePort,
  judgeRedis,
  judgeRunners,
  judgeSignIn,
  skipWithoutDatabase,
} from './judge.ts';
import { findHolder, probeFolder, takesConnection } from './probe.ts';

const PATIENCE_MS = 5_000;

/** Looks at everything once and changes nothing that lasts. Problems become failed checks. */
export async function examine(env: DoctorEnv): Promise<Check[]> {
  const address = { host: env.HOST, port: env.PORT };
  const places = placesOf(env);
  const [holder, warehouse, landing, database, redis, duckdb] = await Promise.all([
    findHolder(address, localUrl(env), PATIENCE_MS),
    probeFolder(places.warehouse),
    probeFolder(places.landing),
    examineDatabase(env),
    examineRedis(env.REDIS_URL),
    examineDuckdb(),
  ]);
  return [
    judgeNode(process.versions.node),
    judgePort(address, holder),
    ...database.checks,
    redis,
    judgeFolder('warehouse', warehouse, 'RAT_WAREHOUSE'),
    judgeFolder('landing', landing, 'RAT_LANDING_DIR'),
    duckdb,
    judgeSignIn({
      host: env.HOST,
      isLoopback: isLoopback(env.HOST),
      adminToken: env.RAT_ADMIN_TOKEN,
      issuer: env.RAT_OIDC_ISSUER,
      hasTokens: database.facts?.hasTokens,
    }),
  ];
}

async function examineDatabase(
  env: DoctorEnv,
): Promise<{ checks: Check[]; facts?: DatabaseFacts }> {
  const url = env.DATABASE_URL ?? (await findRunningServer(resolve(env.RAT_HOME), DATABASE));
  if (url === undefined) {
    const found = 'the private one below RAT_HOME does not run; npm start starts it';
    return { checks: [skipped('postgres', found), ...skipWithoutDatabase(found)] };
  }
  let facts: DatabaseFacts;
  try {
    facts = await inspectDatabase(url, PATIENCE_MS);
  } catch (error) {
    const mend = 'see that Postgres runs, and that DATABASE_URL has its address, role and password';
    const lost = failed('postgres', plainLine(error), mend);
    return { checks: [lost, ...skipWithoutDatabase('the database cannot be reached')] };
  }
  const runners = await Promise.all(
    facts.runners.map(async ({ id, host, port }) => ({
      id,
      isReachable: await takesConnection(host, port, PATIENCE_MS),
    })),
  );
  const checks = [
    judgePostgres(facts),
    judgeMigrations(facts),
    judgeClock(facts.clockDifferenceMs),
    judgeRunners(runners),
  ];
  return { checks, facts };
}

async function examineRedis(url: string | undefined): Promise<Check> {
  if (url === undefined) return ok('redis', 'not used: Postgres carries the queue');
  try {
    return judgeRedis(await inspectRedis(url, PATIENCE_MS));
  } catch (error) {
    return failed('redis', plainLine(error), 'see that Redis runs, and that REDIS_URL is right');
  }
}

/** The import fails where the binding does not exist for the system. */
async function examineDuckdb(): Promise<Check> {
  try {
    const { readDuckdbVersion } = await import('@rat/engine-duckdb');
    return ok('duckdb', await readDuckdbVersion());
  } catch (error) {
    const { message } = coerceError(error);
    const mend = 'install again on this system: npm ci --ignore-scripts; it needs glibc on Linux';
    return failed('duckdb', message.split('\n')[0] ?? message, mend);
  }
}
