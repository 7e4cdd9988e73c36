import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openRunHints, type RunHints } from '@rat/hints';
import { openDefiner } from '@rat/pipelines';
import { migrateQueue, openRunQueue, type QueueConnection, type RunQueue } from '@rat/queue';
import { createLogger, Lifecycle, openSecretBox } from '@rat/runtime';
import { openDatabase, putPipeline, type Database } from '@rat/store';
import {
  AnswerCheck,
  createTestDatabase,
  eventually,
  testRedisUrl,
  type Backend,
} from '@rat/testing';
import type { Express } from 'express';
import { createApp } from '../src/app.ts';
import { SignIn } from '../src/auth/sign-in.ts';
import { closeServer } from '../src/http/close-server.ts';
import { toAllowedOrigins } from '../src/http/allow-origins.ts';
import { toAllowedHosts } from '../src/http/known-host.ts';
import { DEFAULT_LIMITS, listen, type ConnectionLimits } from '../src/http/listen.ts';
import { LogDigestCache } from '../src/logs/log-digest-cache.ts';
import { openRateCounters } from '../src/rates/rate-counters.ts';
import { RateLimits } from '../src/rates/rate-limits.ts';
import type { RateSettings } from '../src/rates/rate-policy.ts';
import { openRunFeed } from '../src/status-feed/run-feed.ts';
import { openRunWatchers } from '../src/logs/run-watchers.ts';
import { toSignInProvider, type OidcSettings } from '../src/oidc/oidc-settings.ts';
import { openApiMetrics } from '../src/metrics/api-metrics.ts';
import { StreamSlots } from '../src/http/stream-slots.ts';
import { ORDERS, SimulatedRunner } from './simulated-runner.ts';

/** A listening API with its own database and the pipeline `default.silver.orders`. */
export interface ApiFixture {
  url: string;
  app: Express;
  server: Server;
  db: Database;
  databaseUrl: string;
  /** The prefix that separates this fixture's tickets on a shared Redis. */
  prefix: string;
  queue: RunQueue;
  hints: RunHints;
  /** A simulated runner that publishes hints. */
  runner: SimulatedRunner;
  /** A simulated runner that publishes no hints. */
  silentRunner: SimulatedRunner;
  /**
   * Resolves when queue and hints work again. A client that closes without a connection takes
   * seconds to close.
   */
  recovered: () => Promise<void>;
  close: () => Promise<void>;
}

export interface ApiFixtureOptions {
  backend?: Backend;
  /** Replaces the URLs of services for the API. The fixture itself connects directly. */
  through?: { database?: (url: string) => string; redis?: (url: string) => string };
  /** Called with the database's URL before any other connection is opened. */
  openProxy?: (databaseUrl: string) => Promise<void>;
  maxStreams?: number;
  maxStreamsPerClient?: number;
  trustProxy?: number | string;
  /** Allowed hosts of the API, as RAT_ALLOWED_HOSTS. */
  allowedHosts?: string;
  /** Origins of other sites, as RAT_CORS_ORIGINS. */
  allowedOrigins?: string;
  bodyDeadlineMs?: number;
  connectionLimits?: Partial<ConnectionLimits>;
  maxStreamAgeMs?: number;
  sweepMs?: number;
  /** Limits of requests; without them none, because a test sends in a second what a person sends in an hour. */
  rates?: RateSettings;
  /** Turns sign-in on, as RAT_ADMIN_TOKEN. */
  adminToken?: string;
  /** Seals secrets, as RAT_SECRET_KEY; null: there is none. */
  secretKey?: string | null;
  /** An identity provider; its `publicUrl` is replaced by the address of the API. */
  oidc?: OidcSettings;
  /** Whether the web console is served, as RAT_CONSOLE. */
  hasConsole?: boolean;
  /** Wraps the database that the API reads from. */
  wrap?: (db: Database) => Database;
}

const NO_RATES: RateSettings = { requests: 0, runs: 0, address: 0, sign_in_failures: 0 };

export async function openApi(options: ApiFixtureOptions = {}): Promise<ApiFixture> {
  const log = createLogger('test', { level: 'silent' });
  const lifecycle = new Lifecycle(log);
  const database = await createTestDatabase();
  lifecycle.onClose('test database', () => database.close());
  await options.openProxy?.(database.url);
  const same = <T>(given: T): T => given;
  const databaseUrl = (options.through?.database ?? same)(database.url);
  const backend = options.backend ?? (testRedisUrl() === undefined ? 'postgres' : 'redis');
  const connection = connect(backend, databaseUrl, options.through?.redis ?? same);
  await migrateQueue(connection);

  const openDb = (url: string): Database => {
    const db = openDatabase({ url, maxConnections: 10, applicationName: 'test', log });
    lifecycle.onClose('database', () => db.close());
    return db;
  };
  const db = openDb(database.url);
  const apiDb = (options.wrap ?? same)(databaseUrl === database.url ? db : openDb(databaseUrl));
  const prefix = `t_${randomUUID().slice(0, 8)}`;
  const queue = openRunQueue({ connection, prefix, log });
  lifecycle.onClose('queue', () => queue.close());
  const hints = openRunHints({ connection, channel: `${prefix}_runs`, log });
  lifecycle.onClose('hints', () => hints.close());
  const definer = openDefiner();
  lifecycle.onClose('definer', () => definer.close());
  const watchers = openRunWatchers({
    db: apiDb,
    hints,
    ...(options.sweepMs === undefined ? {} : { sweepMs: options.sweepMs }),
    log,
  });
  lifecycle.onClose('watchers', () => watchers.close());
  const feed = openRunFeed({
    db: apiDb,
    hints,
    ...(options.sweepMs === undefined ? {} : { sweepMs: options.sweepMs }),
  });
  lifecycle.onClose('feed', () => feed.close());
  const total = options.maxStreams ?? 100;
  const signIn = new SignIn({
    db: apiDb,
    log,
    adminToken: options.adminToken,
    provider: options.oidc && toSignInProvider(options.oidc),
  });
  const slots = new StreamSlots({
    total,
    perClient: options.maxStreamsPerClient ?? total,
    perRun: total,
  });
  const metrics = openApiMetrics({ db: apiDb, log, version: '9.9.9', slots });
  lifecycle.onClose('metrics', () => metrics.close());
  lifecycle.onClose('sign-in', () => signIn.close());
  await signIn.isOn().catch(() => undefined);
  const counters = openRateCounters({
    redisUrl: connection.kind === 'redis' ? connection.url : undefined,
    prefix,
    log,
  });
  lifecycle.onClose('rate counters', () => counters.close());
  const app = createApp({
    db: apiDb,
    signIn,
    oidc: options.oidc,
    hasConsole: options.hasConsole ?? true,
    queue,
    hints,
    definer,
    keepMs: 7 * 86_400_000,
    secretBox:
      options.secretKey === null
        ? undefined
        : openSecretBox(options.secretKey ?? 'the-key-of-the-tests-0123456789abcdef', 'webhooks'),
    watchers,
    feed,
    ends: new LogDigestCache({ db: apiDb, log }),
    slots,
    metrics,
    rates: new RateLimits({
      counters,
      settings: options.rates ?? NO_RATES,
      isSignInOn: () => signIn.isKnownOn,
    }),
    maxStreamAgeMs: options.maxStreamAgeMs ?? 600_000,
    trustProxy: options.trustProxy ?? false,
    allowedHosts: toAllowedHosts(options.allowedHosts ?? ''),
    allowedOrigins: toAllowedOrigins(options.allowedOrigins ?? ''),
    bodyDeadlineMs: options.bodyDeadlineMs ?? 60_000,
    idempotencyMs: 3_600_000,
    caps: { timeoutSeconds: 3_600, maxRetries: 20, priority: 100 },
    log,
    version: '9.9.9',
    build: { gitCommit: 'abcdef0', buildTime: undefined },
    uploadMaxBytes: 1024,
  });
  const limits = { ...DEFAULT_LIMITS, ...options.connectionLimits };
  const server = await listen(app, { host: '127.0.0.1', port: 0 }, limits);
  const check = new AnswerCheck();
  server.prependListener('request', (req, res) => check.watch(req, res));
  lifecycle.onClose('server', async () => {
    watchers.endAll();
    feed.endAll();
    await closeServer(server, 500);
  });

  await putPipeline(db, ORDERS, {
    sql: 'SELECT 1 AS n',
    // A high limit, so that a test may claim any number of runs.
    config: { concurrency: { limit: 1_000 } },
    qualityTests: [],
    contentHash: 'one',
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    app,
    server,
    db,
    databaseUrl: database.url,
    prefix,
    queue,
    hints,
    runner: new SimulatedRunner(db, hints),
    silentRunner: new SimulatedRunner(db, undefined),
    recovered: () => recovered(queue, hints),
    close: async () => {
      await lifecycle.close();
      if (check.faults.length === 0) return;
      throw new Error(
        `answers that the OpenAPI document does not allow:\n${check.faults.join('\n')}`,
      );
    },
  };
}

async function recovered(queue: RunQueue, hints: RunHints): Promise<void> {
  let received = false;
  const stop = hints.subscribe({ onHint: () => (received = true), onGap: () => undefined });
  await eventually('queue and hints work', async () => {
    await queue.check();
    await hints.publish({ kind: 'moved', runId: randomUUID(), seq: 1 });
    return received;
  });
  stop();
}

function connect(
  backend: Backend,
  databaseUrl: string,
  through: (url: string) => string,
): QueueConnection {
  const redisUrl = testRedisUrl();
  if (backend === 'postgres' || redisUrl === undefined)
    return { kind: 'postgres', url: databaseUrl };
  return { kind: 'redis', url: through(redisUrl) };
}
