import { chmod, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { EmbeddedPostgres } from '@rat/embedded-postgres';
import { migrate } from '@rat/store';
import { BWRAP, CHROMIUM, findOrInstall, FISH, NGINX, PROMTOOL, ZSH } from './debian-program.ts';
import { openRunFolder, recordProcesses, sweepLeftovers } from './leftovers.ts';
import { findRedisProgram, type RedisServer, startRedis } from './redis-server.ts';
import { dropDatabase, onServer, withDatabase } from './test-database.ts';
import { announceServices, testWishes } from './test-environment.ts';

/**
 * Closes a test run's services, newest first; filled by `openServices`, emptied by `closeServices`.
 */
const closers: (() => Promise<unknown>)[] = [];

/** Tests work without durability: their Postgres need not survive a power failure. */
type Durability = 'durable' | 'volatile';

/**
 * Starts Postgres and Redis (or uses the configured ones), migrates the template, and informs the
 * workers.
 */
export async function openServices(
  options: { durability: Durability } = { durability: 'volatile' },
): Promise<void> {
  await sweepLeftovers();
  const folder = await openRunFolder();
  closers.push(() => rm(folder, { recursive: true, force: true }));
  try {
    const postgres = await openPostgres(folder, options.durability);
    const redis = await openRedis(folder);
    // Programs that only a few tests need, and skip without. In sequence: apt-get has one lock.
    if (testWishes().ci)
      for (const program of [BWRAP, NGINX, CHROMIUM, PROMTOOL, ZSH, FISH])
        await findOrInstall(program);
    const pids = [process.pid, postgres.pid, redis?.pid].filter((pid) => pid !== undefined);
    await recordProcesses(folder, pids);
    announceServices({
      adminUrl: postgres.adminUrl,
      template: await createTemplate(postgres.adminUrl),
      redisUrl: redis?.url,
    });
  } catch (error) {
    await closeServices();
    throw error;
  }
}

/** Closes the services that `openServices` opened, also after it failed half-way. */
export async function closeServices(): Promise<void> {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
}

async function openPostgres(
  folder: string,
  durability: Durability,
): Promise<{ adminUrl: string; pid: number | undefined }> {
  const named = testWishes().databaseUrl;
  if (named !== undefined) return { adminUrl: named, pid: undefined };
  // The server may run as another user, who needs to enter the folder.
  await chmod(folder, 0o711);
  const postgres = await EmbeddedPostgres.start({
    home: folder,
    logFile: join(folder, 'postgres.log'),
    durability,
    maxConnections: 300,
  });
  closers.push(() => postgres.stop());
  return { adminUrl: postgres.url('postgres'), pid: postgres.pid };
}

/**
 * Creates one migrated database that accepts no sessions: Postgres copies only an unused template.
 */
async function createTemplate(adminUrl: string): Promise<string> {
  const template = `rat_template_${randomBytes(6).toString('hex')}`;
  await onServer(adminUrl, (client) => client.query(`CREATE DATABASE ${template}`));
  closers.push(() => dropDatabase(adminUrl, template));
  await migrate({ databaseUrl: withDatabase(adminUrl, template) });
  await onServer(adminUrl, async (client) => {
    await client.query(`ALTER DATABASE ${template} WITH ALLOW_CONNECTIONS false`);
    await client.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1',
      [template],
    );
  });
  return template;
}

async function openRedis(
  folder: string,
): Promise<(Pick<RedisServer, 'url'> & { pid?: number }) | undefined> {
  const wishes = testWishes();
  if (wishes.redisUrl !== undefined) return { url: wishes.redisUrl };
  const program = await findRedisProgram();
  if (program !== undefined) {
    const redis = await startRedis(program, folder);
    closers.push(() => redis.stop());
    return redis;
  }
  if (wishes.ci) {
    throw new Error('CI=true, and there is no Redis: install redis-server or set TEST_REDIS_URL');
  }
  process.stdout.write(
    '\n!!! NO REDIS: everything that needs it is SKIPPED. Install redis-server or set TEST_REDIS_URL.\n\n',
  );
  return undefined;
}
