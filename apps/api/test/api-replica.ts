import type { AddressInfo } from 'node:net';
import { openRunHints } from '@rat/hints';
import { openDefiner } from '@rat/pipelines';
import { openRunQueue, type QueueConnection } from '@rat/queue';
import { createLogger, Lifecycle } from '@rat/runtime';
import { openDatabase } from '@rat/store';
import { createApp } from '../src/app.ts';
import { SignIn } from '../src/auth/sign-in.ts';
import { closeServer } from '../src/http/close-server.ts';
import { listen } from '../src/http/listen.ts';
import { LogDigestCache } from '../src/logs/log-digest-cache.ts';
import { openRateCounters } from '../src/rates/rate-counters.ts';
import { RateLimits } from '../src/rates/rate-limits.ts';
import { openRunFeed } from '../src/status-feed/run-feed.ts';
import { openRunWatchers } from '../src/logs/run-watchers.ts';
import { openApiMetrics } from '../src/metrics/api-metrics.ts';
import { StreamSlots } from '../src/http/stream-slots.ts';

interface ReplicaOptions {
  databaseUrl: string;
  prefix: string;
  queue: QueueConnection;
  /** The connection from which this replica receives hints. */
  hints: QueueConnection;
  sweepMs: number;
}

/** Another API process on a fixture's database, which a test can restart. */
export class ApiReplica {
  readonly #options: ReplicaOptions;
  #lifecycle: Lifecycle | undefined;
  #url = '';

  constructor(options: ReplicaOptions) {
    this.#options = options;
  }

  /** The URL changes with every start. */
  get url(): string {
    return this.#url;
  }

  async start(): Promise<void> {
    const { databaseUrl, prefix, sweepMs } = this.#options;
    const log = createLogger('test', { level: 'silent' });
    const lifecycle = new Lifecycle(log);
    this.#lifecycle = lifecycle;
    const db = openDatabase({ url: databaseUrl, maxConnections: 5, applicationName: 'test', log });
    lifecycle.onClose('database', () => db.close());
    const queue = openRunQueue({ connection: this.#options.queue, prefix, log });
    lifecycle.onClose('queue', () => queue.close());
    const channel = `${prefix}_runs`;
    const hints = openRunHints({ connection: this.#options.hints, channel, log });
    lifecycle.onClose('hints', () => hints.close());
    const definer = openDefiner();
    lifecycle.onClose('definer', () => definer.close());
    const watchers = openRunWatchers({ db, hints, sweepMs, log });
    lifecycle.onClose('watchers', () => watchers.close());
    const feed = openRunFeed({ db, hints, sweepMs });
    lifecycle.onClose('feed', () => feed.close());
    const slots = new StreamSlots({ total: 100, perClient: 100, perRun: 100 });
    const metrics = openApiMetrics({ db, log, version: '9.9.9', slots });
    lifecycle.onClose('metrics', () => metrics.close());
    const ends = new LogDigestCache({ db, log });
    const signIn = new SignIn({ db, log, adminToken: undefined, provider: undefined });
    lifecycle.onClose('sign-in', () => signIn.close());
    const counters = openRateCounters({ prefix, log });
    const rates = new RateLimits({ counters, settings: {}, isSignInOn: () => false });
    const deps = {
      db,
      signIn,
      oidc: undefined,
      hasConsole: true,
      rates,
      queue,
      hints,
      definer,
      secretBox: undefined,
      keepMs: 604_800_000,
      watchers,
      feed,
      ends,
      slots,
      metrics,
      log,
    };
    const limits = {
      trustProxy: false as const,
      allowedHosts: new Set<string>(),
      allowedOrigins: new Set<string>(),
      maxStreamAgeMs: 600_000,
      bodyDeadlineMs: 60_000,
      idempotencyMs: 3_600_000,
      caps: { timeoutSeconds: 3_600, maxRetries: 20, priority: 100 },
      uploadMaxBytes: 1024,
    };
    const build = { gitCommit: undefined, buildTime: undefined };
    const app = createApp({ ...deps, ...limits, version: '9.9.9', build });
    const server = await listen(app, { host: '127.0.0.1', port: 0 });
    lifecycle.onClose('server', async () => {
      watchers.endAll();
      feed.endAll();
      await closeServer(server, 500);
    });
    this.#url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await this.#lifecycle?.close();
    this.#lifecycle = undefined;
  }
}
