import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { availableParallelism, hostname, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { openRunHints } from '@rat/hints';
import { LocalTableFiles, LocalWarehouse } from '@rat/storage';
import { chooseQueueConnection, migrateQueue, openRunQueue } from '@rat/queue';
import {
  chooseExecutorUser,
  CLOSED_UMASK,
  coerceError,
  createLogger,
  EnvError,
  EXPOSED_SECRETS,
  hideSecrets,
  Lifecycle,
  readSettings,
  retryFor,
  stopOnSignals,
  stopWithParent,
  type Logger,
} from '@rat/runtime';
import { announceRetention, openDatabase } from '@rat/store';
import { openConfiguredTraces } from '@rat/traces';
import { z } from 'zod';
import { RENAMED_VARIABLES, runnerEnv, type RunnerEnv } from './env.ts';
import type { ExecutionLimits } from './attempt-contract/attempt-deps.ts';
import { openChildren } from './child-process/open-children.ts';
import { runnerMethodHandlers } from './runner-api/runner-method-handlers.ts';
import { findPublicAddresses, isEveryAddress } from './runner-api/public-address.ts';
import { serveRunnerApi } from './runner-api/serve-runner-api.ts';
import { createExecutorPool } from './executor/executor-pool.ts';
import { ActiveAttempts } from './attempt-contract/active-attempts.ts';
import { FileInspector } from './landing/file-inspector.ts';
import { QueryRunner } from './query/query-runner.ts';
import type { LineageSettings } from './openlineage/send-lineage.ts';
import { retentionOf } from './retention-of.ts';
import { serveOwnMetrics } from './serve-own-metrics.ts';
import { startRunner } from './start-runner.ts';

/** How long a starting runner waits for its database and for the tables in it. */
const START_PATIENCE_MS = 60_000;

/**
 * The time limit for closing an unreachable service. The process that stops a runner grants it the
 * drain time and 15 s.
 */
const LET_GO_MS = 2_000;

const MB = 1024 * 1024;

/** The composition root: opens everything in order and registers how each is closed. */
async function start(
  env: RunnerEnv,
  log: Logger,
  lifecycle: Lifecycle,
  exposed: string[],
): Promise<void> {
  const home = resolve(env.RAT_HOME);
  const runnerId =
    env.RAT_RUNNER_ID ?? `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const connection = chooseQueueConnection({
    redisUrl: env.REDIS_URL,
    databaseUrl: env.DATABASE_URL,
  });

  const root = resolve(env.RAT_WAREHOUSE ?? join(home, 'warehouse'));
  const landingRoot = resolve(env.RAT_LANDING_DIR ?? join(home, 'landing'));
  const tempDir = join(home, 'tmp', runnerId);
  lifecycle.onClose('spill files', () => rm(tempDir, { recursive: true, force: true }));
  // Start the sandbox probes now: they run while the runner waits for the database.
  const opening = openChildren({
    home,
    places: { warehouse: root, landing: landingRoot, temp: tempDir },
    user: chooseExecutorUser(env.RAT_EXECUTOR_USER),
    bwrap: env.RAT_EXECUTOR_BWRAP === '1',
    // A flag, not a variable: no service inherits it by accident.
    inspect: process.argv.includes('--inspect-executors'),
    log,
  });
  opening.catch(() => undefined);

  const db = openDatabase({
    url: env.DATABASE_URL,
    maxConnections: env.RAT_RUNNER_CONCURRENCY + 4,
    applicationName: 'rat-runner',
    log,
  });
  lifecycle.onClose('database', () => db.close(), LET_GO_MS);
  const onError = (err: unknown): void => log.info({ err }, 'waiting for the database');
  const patience = { forMs: START_PATIENCE_MS, everyMs: 500, onError };
  const retention = retentionOf(env);
  // Writes to the newest table that this runner writes, so every older migration is applied too.
  await retryFor(() => announceRetention(db, retention), patience);
  await retryFor(() => migrateQueue(connection), patience);

  const queue = openRunQueue({ connection, prefix: env.RAT_QUEUE_PREFIX, log });
  lifecycle.onClose('queue', () => queue.close(), LET_GO_MS);
  const hints = openRunHints({ connection, channel: `${env.RAT_QUEUE_PREFIX}_runs`, log });
  lifecycle.onClose('hints', () => hints.close(), LET_GO_MS);

  const children = await opening;
  if (exposed.length > 0) {
    // Only children of the runner's own user can read its environment.
    const level = children.level === 'process' ? 'warn' : 'info';
    log[level]({ variables: exposed }, EXPOSED_SECRETS);
  }
  const executors = createExecutorPool({
    size: env.RAT_RUNNER_CONCURRENCY,
    recycleAfterRuns: 200,
    log,
    children,
  });
  lifecycle.onClose('executors', () => executors.close());

  const tables = new LocalTableFiles(root);
  const warehouse = new LocalWarehouse({ root, landingRoot });
  const limits = executionLimits(env, tempDir);
  const queries = new QueryRunner({
    concurrency: env.RAT_QUERY_CONCURRENCY,
    timeoutMs: env.RAT_QUERY_TIMEOUT * 1_000,
    tempDir,
    memoryLimitMb: env.RAT_QUERY_MEMORY_MB,
    tempLimitMb: env.RAT_RUNNER_TEMP_MB,
    threads: Math.max(1, Math.floor(availableParallelism() / 2)),
    log,
    children,
  });
  lifecycle.onClose('queries', () => queries.close());
  const inspector = new FileInspector({
    timeoutMs: env.RAT_QUERY_TIMEOUT * 1_000,
    tempDir,
    memoryLimitMb: env.RAT_QUERY_MEMORY_MB,
    tempLimitMb: env.RAT_RUNNER_TEMP_MB,
    threads: Math.max(1, Math.floor(availableParallelism() / 2)),
    log,
    children,
  });
  lifecycle.onClose('looks into files', () => inspector.close());
  const executorGid = children.gid;
  await keepOffTheInternet(env.RAT_RUNNER_API_HOST, log);
  const endpoint = await serveRunnerApi({
    host: env.RAT_RUNNER_API_HOST,
    port: env.RAT_RUNNER_API_PORT,
    uploads: { db, landing: warehouse.landing, inspector, tempDir, executorGid },
    logs: warehouse.logs,
    answers: runnerMethodHandlers({
      db,
      tables,
      warehouse,
      limits,
      queries,
      inspector,
      executorGid,
      retention,
      log,
    }),
    log,
  });
  lifecycle.onClose('runner API', () => endpoint.close());
  const held = new ActiveAttempts();
  const version = await readVersion();
  const traces = await openConfiguredTraces(env, { serviceName: 'rat-runner', version, log });
  lifecycle.onClose('traces', () => traces?.close(), LET_GO_MS);
  const { RAT_METRICS_HOST: metricsHost, RAT_METRICS_PORT: metricsPort } = env;
  const observer =
    metricsPort === undefined
      ? undefined
      : await serveOwnMetrics(
          { host: metricsHost, port: metricsPort },
          { db, held, log, lifecycle, version },
        );
  const runner = await startRunner(
    {
      runnerId,
      pools: env.RAT_RUNNER_POOLS,
      leaseMs: env.RAT_LEASE_SECONDS * 1_000,
      db,
      queue,
      hints,
      warehouse,
      tables,
      ownFolders: [home, root, landingRoot],
      executors,
      executorGid: children.gid,
      children,
      held,
      limits,
      log,
      traces,
      ...(observer === undefined ? {} : { observer }),
    },
    {
      connection,
      endpoint,
      queuePrefix: env.RAT_QUEUE_PREFIX,
      concurrency: env.RAT_RUNNER_CONCURRENCY,
      drainMs: env.RAT_DRAIN_SECONDS * 1_000,
      maintenanceEveryMs: env.RAT_MAINTENANCE_HOURS * 3_600_000,
      archiveLogsAfterMs: env.RAT_LOG_ARCHIVE_MINUTES * 60_000,
      retention,
      keepAuditDays: env.RAT_KEEP_AUDIT_DAYS,
      lineage: lineageSettings(env, version),
      version,
    },
  );
  // A drained runner has no work left; it stops as after a signal.
  runner.drained.then(
    () => process.emit('SIGTERM', 'SIGTERM'),
    (error: unknown) => log.warn({ err: coerceError(error) }, 'drain failed'),
  );
  lifecycle.onClose('runner', () => runner.stop(), env.RAT_DRAIN_SECONDS * 1_000 + 10_000);
}

/**
 * Throws for a host that is a public address: the runner's API is for the private network of its installation. All addresses
 * of a machine are accepted with a warning, since a firewall may keep the public ones closed.
 */
async function keepOffTheInternet(host: string, log: Logger): Promise<void> {
  const addresses = await findPublicAddresses(host);
  if (addresses.length === 0) return;
  if (isEveryAddress(host)) {
    const message =
      'the API of this runner listens at public addresses: set RAT_RUNNER_API_HOST to its private one, or keep the others closed by a firewall';
    log.warn({ addresses }, message);
    return;
  }
  throw new Error(
    `RAT_RUNNER_API_HOST is ${host}, a public address: set it to an address of a private network, or to 0.0.0.0 behind a firewall`,
  );
}

function lineageSettings(env: RunnerEnv, version: string): LineageSettings | undefined {
  const base = env.OPENLINEAGE_URL;
  if (base === undefined) return undefined;
  const url = `${base.replace(/\/+$/, '')}/${env.OPENLINEAGE_ENDPOINT.replace(/^\/+/, '')}`;
  const { OPENLINEAGE_API_KEY: apiKey, OPENLINEAGE_NAMESPACE: namespace } = env;
  return { url, apiKey, namespace, version };
}

async function readVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

/**
 * Divides the runner's memory and cores among its executors. DuckDB spills to disk beyond its
 * memory.
 */
function executionLimits(env: RunnerEnv, tempDir: string): ExecutionLimits {
  const memoryMb = env.RAT_RUNNER_MEMORY_MB ?? Math.floor(totalmem() / 2 / MB);
  return {
    tempDir,
    memoryLimitMb: Math.max(64, Math.floor(memoryMb / env.RAT_RUNNER_CONCURRENCY)),
    tempLimitMb: env.RAT_RUNNER_TEMP_MB,
    threads: Math.max(1, Math.floor(availableParallelism() / env.RAT_RUNNER_CONCURRENCY)),
    targetFileMb: env.RAT_TARGET_FILE_MB,
    runTimeoutMs: env.RAT_RUN_TIMEOUT * 1_000,
    maxRunTimeoutMs: (env.RAT_RUN_TIMEOUT_MAX ?? env.RAT_RUN_TIMEOUT) * 1_000,
    maxRetries: env.RAT_RUN_RETRIES_MAX,
    keepMs: env.RAT_KEEP_DAYS * 86_400_000,
    quarantineMs: env.RAT_QUARANTINE_DAYS * 86_400_000,
    logMaxLines: env.RAT_LOG_MAX_LINES,
    // A higher level of the process log must not hide the lines of authors.
    runLogLevel: env.RAT_RUN_LOG_LEVEL ?? (env.RAT_LOG_LEVEL === 'debug' ? 'debug' : 'info'),
  };
}

try {
  const exposed = hideSecrets(process);
  const { env, warnings } = readSettings(runnerEnv, process.env, RENAMED_VARIABLES);
  process.umask(CLOSED_UMASK);
  const log = createLogger('runner', { level: env.RAT_LOG_LEVEL });
  for (const warning of warnings) log.warn({ warning }, 'a variable has no effect or an old name');
  const lifecycle = new Lifecycle(log);
  stopOnSignals(() => lifecycle.close());
  if (env.RAT_PARENT_PID !== undefined) stopWithParent(log);
  try {
    await start(env, log, lifecycle, exposed);
  } catch (error) {
    log.error({ err: coerceError(error) }, 'runner could not start');
    await lifecycle.close();
    process.exit(1);
  }
} catch (error) {
  if (!(error instanceof EnvError)) throw error;
  process.stderr.write(`The environment cannot be used:\n${error.message}\n`);
  process.exit(1);
}
