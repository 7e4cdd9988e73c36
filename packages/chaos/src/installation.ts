import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseQueueConnection, migrateQueue, openRunQueue, type RunQueue } from '@rat/queue';
import { createLogger } from '@rat/runtime';
import { migrate } from '@rat/store';
import {
  type Backend,
  eventually,
  FaultProxy,
  findFreePort,
  openRunFolder,
  recordProcesses,
  sweepLeftovers,
} from '@rat/testing';
import pg from 'pg';
import { ChaosPostgres, ChaosRedis } from './servers.ts';
import { ServiceSlot, type Link } from './service-slot.ts';

const APIS = 2;
const RUNNERS = 3;

/** A crash with its recovery takes less. */
const ANSWERS_WITHIN_MS = 60_000;

/** A whole installation of real processes. Each part and each connection can be made to fail. */
export interface Installation {
  backend: Backend;
  home: string;
  apis: ServiceSlot[];
  runners: ServiceSlot[];
  /** The APIs' addresses for clients, each behind a connection that can be cut. */
  doors: (Link & { url: string })[];
  postgres: ChaosPostgres;
  redis: ChaosRedis | undefined;
  /** The program's own connection to the queue, which no fault cuts. */
  queue: RunQueue;
  /** Queries the database over the program's own connection; waits while the server is down. */
  query: <T extends pg.QueryResultRow>(sql: string, values?: unknown[]) => Promise<T[]>;
  /** A connection of the program's own, for a transaction. */
  connect: () => Promise<pg.PoolClient>;
  crashPostgres: () => Promise<() => Promise<void>>;
  crashRedis: (options: { appendOnly: 'yes' | 'no' }) => Promise<() => Promise<void>>;
  /** Every connection between a service and Postgres or Redis. */
  links: (to: 'postgres' | 'redis') => Link[];
  close: () => Promise<void>;
}

/** Opens the installation; on an error closes what it opened, and throws. */
export async function openInstallation(backend: Backend): Promise<Installation> {
  await sweepLeftovers();
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next();
  };
  try {
    return await open(backend, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  backend: Backend,
  closers: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<Installation> {
  const folder = await openRunFolder();
  closers.push(() => rm(folder, { recursive: true, force: true }));
  // The database server may run as another user, who needs to enter; the runners close their home.
  await chmod(folder, 0o711);
  const home = join(folder, 'home');
  await mkdir(home);
  const postgres = await ChaosPostgres.start(folder);
  closers.push(() => postgres.stop());
  const redis = backend === 'redis' ? await ChaosRedis.start(join(folder, 'redis')) : undefined;
  if (redis !== undefined) closers.push(() => redis.stop());
  // A killed program cannot clean up; the next one cleans up by this record.
  const record = (): Promise<void> =>
    recordProcesses(folder, [
      process.pid,
      postgres.pid,
      ...(redis === undefined ? [] : [redis.pid]),
    ]);
  await record();
  await migrate({ databaseUrl: postgres.url });

  const proxies = { postgres: [] as FaultProxy[], redis: [] as FaultProxy[] };
  const openProxy = async (to: 'postgres' | 'redis', url: string): Promise<FaultProxy> => {
    const proxy = await FaultProxy.open(url);
    closers.push(() => proxy.close());
    proxies[to].push(proxy);
    return proxy;
  };
  /** Opens the two proxied connections of one process, and returns the settings that use them. */
  const wire = async (
    name: string,
  ): Promise<{ links: Link[]; env: Record<string, string>; databaseUrl: string }> => {
    const toPostgres = await openProxy('postgres', postgres.url);
    const databaseUrl = toPostgres.through(postgres.url);
    const links = [{ name: `${name}→postgres`, proxy: toPostgres }];
    const env: Record<string, string> = { DATABASE_URL: databaseUrl };
    if (redis !== undefined) {
      const toRedis = await openProxy('redis', redis.url);
      links.push({ name: `${name}→redis`, proxy: toRedis });
      env['REDIS_URL'] = toRedis.through(redis.url);
    }
    return { links, env, databaseUrl };
  };
  const settings = {
    RAT_HOME: home,
    RAT_LEASE_SECONDS: '4',
    RAT_DRAIN_SECONDS: '1',
    RAT_RUNNER_MEMORY_MB: '1024',
    // Maintenance would expire the versions that the program counts.
    RAT_MAINTENANCE_HOURS: '0',
  };

  const own = await wire('chaos');
  const pool = new pg.Pool({ connectionString: own.databaseUrl, max: 8 });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  closers.push(() => pool.end());
  const connection = chooseQueueConnection({
    redisUrl: own.env['REDIS_URL'],
    databaseUrl: own.databaseUrl,
  });
  await migrateQueue(connection);
  const queue = openRunQueue({ connection, log: createLogger('chaos', { level: 'silent' }) });
  closers.push(() => queue.close());

  const apis: ServiceSlot[] = [];
  const doors: Installation['doors'] = [];
  const runners: ServiceSlot[] = [];
  closers.push(() => Promise.all([...runners, ...apis].map((slot) => slot.stop())));
  for (let n = 1; n <= APIS; n += 1) {
    const name = `api-${n}`;
    const { links, env } = await wire(name);
    const port = String(await findFreePort());
    const slot = new ServiceSlot({
      name,
      entry: 'apps/api/dist/main.js',
      env: { ...settings, ...env, PORT: port },
      started: /"listening"/,
      links,
    });
    apis.push(slot);
    await slot.start();
    const url = `http://127.0.0.1:${port}`;
    const proxy = await FaultProxy.open(url);
    closers.push(() => proxy.close());
    doors.push({ name: `client→${name}`, proxy, url: new URL(proxy.through(url)).origin });
  }
  for (let n = 1; n <= RUNNERS; n += 1) {
    const name = `runner-${n}`;
    const { links, env } = await wire(name);
    runners.push(
      new ServiceSlot({
        name,
        entry: 'apps/runner/dist/main.js',
        env: { ...settings, ...env, RAT_RUNNER_ID: name },
        started: /"runner started"/,
        links,
      }),
    );
  }
  await Promise.all(runners.map((slot) => slot.start()));
  return {
    backend,
    home,
    apis,
    runners,
    doors,
    postgres,
    redis,
    queue,
    query: (sql, values = []) =>
      eventually(
        'the database answers',
        async () => (await pool.query(sql, values)).rows,
        ANSWERS_WITHIN_MS,
      ),
    connect: () => pool.connect(),
    crashPostgres: async () => {
      await postgres.crash();
      return async () => {
        await postgres.restart();
        for (const proxy of proxies.postgres) proxy.retarget(postgres.url);
        await record();
      };
    },
    crashRedis: async (options) => {
      if (redis === undefined) throw new Error('this installation has no Redis');
      await redis.crash();
      return async () => {
        await redis.restart(options);
        for (const proxy of proxies.redis) proxy.retarget(redis.url);
        await record();
      };
    },
    links: (to) =>
      [...apis, ...runners].flatMap((slot) =>
        slot.links.filter((link) => link.name.endsWith(`→${to}`)),
      ),
    close,
  };
}
