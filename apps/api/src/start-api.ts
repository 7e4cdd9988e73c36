import type { Server } from 'node:http';
import { advanceRunGroups, fireDueSchedules, fireDueTriggers, rescueRuns } from '@rat/dispatch';
import { openRunHints } from '@rat/hints';
import { openDefiner } from '@rat/pipelines';
import { chooseQueueConnection, migrateQueue, openRunQueue } from '@rat/queue';
import { coerceError, openSecretBox, retryFor, type Lifecycle, type Logger } from '@rat/runtime';
import { isDatabaseDown, migrate, openDatabase, warmUp } from '@rat/store';
import { openConfiguredTraces } from '@rat/traces';
import { createApp } from './app.ts';
import { assertSignIn, SettingsError } from './auth/assert-sign-in.ts';
import { SignIn } from './auth/sign-in.ts';
import { toTrustProxy, type ApiEnv } from './env.ts';
import { closeServer } from './http/close-server.ts';
import { toAllowedOrigins } from './http/allow-origins.ts';
import { toAllowedHosts } from './http/known-host.ts';
import { listen } from './http/listen.ts';
import { listInputsInBackground } from './lineage/list-inputs.ts';
import { LogDigestCache } from './logs/log-digest-cache.ts';
import { openRateCounters } from './rates/rate-counters.ts';
import { RateLimits } from './rates/rate-limits.ts';
import { openRunFeed } from './status-feed/run-feed.ts';
import { openApiMetrics } from './metrics/api-metrics.ts';
import { openRunWatchers } from './logs/run-watchers.ts';
import { toOidcSettings, toSignInProvider } from './oidc/oidc-settings.ts';
import { StreamSlots } from './http/stream-slots.ts';
import type { BuildFacts } from './system/build-facts.ts';

/** How long a starting API waits for its database. */
const START_PATIENCE_MS = 60_000;

/** How long requests in progress may take when the process stops. */
const DRAIN_MS = 3_000;

/**
 * Opens all dependencies in order, registers how each is closed, and returns the listening server.
 * Throws when one cannot be opened; `lifecycle` then closes the earlier ones.
 */
export async function startApi(
  env: ApiEnv,
  deps: { log: Logger; lifecycle: Lifecycle; version: string; build: BuildFacts },
): Promise<Server> {
  const { log, lifecycle, version, build } = deps;
  const oidc = toOidcSettings(env, (message) => new SettingsError(message));
  const connection = chooseQueueConnection({
    redisUrl: env.REDIS_URL,
    databaseUrl: env.DATABASE_URL,
  });
  if (env.RAT_MIGRATE === '1') {
    await migrateAll(env, connection, log);
  }

  const db = openDatabase({
    url: env.DATABASE_URL,
    maxConnections: env.RAT_DB_POOL,
    applicationName: 'rat-api',
    log,
  });
  lifecycle.onClose('database', () => db.close());
  await warmUp(db).catch((error: unknown) => {
    log.warn({ err: coerceError(error) }, 'database not reached at start');
  });
  const signIn = new SignIn({
    db,
    log,
    adminToken: env.RAT_ADMIN_TOKEN,
    provider: oidc && toSignInProvider(oidc),
  });
  lifecycle.onClose('sign-in', () => signIn.close());
  await assertSignIn(signIn, env, log);
  // A database that is out of reach is asked again with the first request.
  await signIn.isOn().catch(() => undefined);
  const queue = openRunQueue({ connection, prefix: env.RAT_QUEUE_PREFIX, log });
  lifecycle.onClose('queue', () => queue.close());
  const hints = openRunHints({ connection, channel: `${env.RAT_QUEUE_PREFIX}_runs`, log });
  lifecycle.onClose('hints', () => hints.close());
  const definer = openDefiner();
  lifecycle.onClose('definer', () => definer.close());
  const watchers = openRunWatchers({ db, hints, log });
  lifecycle.onClose('watchers', () => watchers.close());
  const feed = openRunFeed({ db, hints });
  lifecycle.onClose('feed', () => feed.close());

  const counters = openRateCounters({
    redisUrl: env.REDIS_URL,
    prefix: env.RAT_QUEUE_PREFIX,
    log,
  });
  lifecycle.onClose('rate counters', () => counters.close());
  const slots = new StreamSlots({
    total: env.RAT_SSE_MAX,
    perClient: env.RAT_SSE_MAX_PER_CLIENT,
    perRun: env.RAT_SSE_MAX_PER_RUN,
  });
  const stopping = new AbortController();
  const traces = await openConfiguredTraces(env, { serviceName: 'rat-api', version, log });
  lifecycle.onClose('traces', () => traces?.close());
  const metrics = openApiMetrics({ db, log, version, slots });
  lifecycle.onClose('metrics', () => metrics.close());
  const dispatch = { db, queue, hints, log, observer: metrics.process };
  const background = Promise.all([
    rescueRuns(dispatch, stopping.signal),
    fireDueSchedules(dispatch, stopping.signal),
    advanceRunGroups(dispatch, stopping.signal),
    fireDueTriggers(dispatch, stopping.signal),
    listInputsInBackground({ db, definer, log }, stopping.signal),
  ]);
  lifecycle.onClose('background', async () => {
    stopping.abort();
    await background;
  });

  const app = createApp({
    db,
    signIn,
    oidc,
    hasConsole: env.RAT_CONSOLE === '1',
    queue,
    hints,
    definer,
    keepMs: env.RAT_KEEP_DAYS * 86_400_000,
    secretBox:
      env.RAT_SECRET_KEY === undefined ? undefined : openSecretBox(env.RAT_SECRET_KEY, 'webhooks'),
    watchers,
    feed,
    ends: new LogDigestCache({ db, log }),
    slots,
    metrics,
    traces,
    rates: new RateLimits({
      counters,
      settings: {
        requests: env.RAT_RATE_REQUESTS,
        runs: env.RAT_RATE_RUNS,
        address: env.RAT_RATE_ADDRESS,
        sign_in_failures: env.RAT_RATE_SIGN_IN_FAILURES,
      },
      isSignInOn: () => signIn.isKnownOn,
    }),
    maxStreamAgeMs: env.RAT_SSE_MAX_AGE_MINUTES * 60_000,
    trustProxy: toTrustProxy(env.RAT_TRUST_PROXY),
    allowedHosts: toAllowedHosts(env.HOST, env.RAT_ALLOWED_HOSTS),
    allowedOrigins: toAllowedOrigins(env.RAT_CORS_ORIGINS),
    idempotencyMs: env.RAT_IDEMPOTENCY_HOURS * 3_600_000,
    caps: {
      timeoutSeconds: env.RAT_RUN_TIMEOUT_MAX ?? env.RAT_RUN_TIMEOUT,
      maxRetries: env.RAT_RUN_RETRIES_MAX,
      priority: env.RAT_RUN_PRIORITY_MAX,
    },
    log,
    version,
    build,
    bodyDeadlineMs: env.RAT_HTTP_BODY_SECONDS * 1_000,
    uploadMaxBytes: env.RAT_UPLOAD_MAX_MB * 1024 * 1024,
  });
  const server = await listen(
    app,
    { host: env.HOST, port: env.PORT },
    {
      headerBytes: env.RAT_HTTP_HEADER_KB * 1024,
      headerMs: env.RAT_HTTP_HEADER_SECONDS * 1_000,
      connections: env.RAT_HTTP_CONNECTIONS_MAX,
    },
  );
  lifecycle.onClose('server', async () => {
    // Event streams do not end by themselves. Their clients reconnect to another replica.
    watchers.endAll();
    feed.endAll();
    await closeServer(server, DRAIN_MS);
  });
  return server;
}

async function migrateAll(
  env: ApiEnv,
  connection: ReturnType<typeof chooseQueueConnection>,
  log: Logger,
): Promise<void> {
  const applied = await retryFor(
    async () => {
      const names = await migrate({ databaseUrl: env.DATABASE_URL });
      await migrateQueue(connection);
      return names;
    },
    {
      forMs: START_PATIENCE_MS,
      everyMs: 1_000,
      onError: (error) => {
        // Only an outage is worth a retry.
        if (!isDatabaseDown(error)) throw error;
        log.warn({ err: coerceError(error) }, 'waiting for the database');
      },
    },
  );
  log.info({ applied }, 'database migrated');
}
