import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { EmbeddedPostgres } from './embedded-postgres.ts';

describe('EmbeddedPostgres', () => {
  let home: string;
  const servers: EmbeddedPostgres[] = [];

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'rat-embedded-'));
    await chmod(home, 0o711);
  });

  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
    await rm(home, { recursive: true, force: true });
  });

  async function start(): Promise<EmbeddedPostgres> {
    const server = await EmbeddedPostgres.start({
      home,
      logFile: join(home, 'postgres.log'),
      durability: 'volatile',
      maxConnections: 20,
    });
    servers.push(server);
    return server;
  }

  async function query(server: EmbeddedPostgres, sql: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: server.url('rat') });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  test('a server listens on loopback only and requires its password, which only its owner can read', async () => {
    const server = await start();
    await server.ensureDatabase('rat');
    expect(await query(server, 'SHOW listen_addresses')).toEqual([
      { listen_addresses: '127.0.0.1' },
    ]);
    const guess = server.url('rat').replace(/:[^:@]+@/, ':guess@');
    await expect(new pg.Client({ connectionString: guess }).connect()).rejects.toThrow(/password/);
    const { mode } = await stat(join(home, 'postgres.password'));
    expect(mode & 0o777).toBe(0o600);
  });

  test('a start stops the server that a killed process left running, and takes over its data', async () => {
    const orphan = await start();
    await orphan.ensureDatabase('rat');
    await query(orphan, 'CREATE TABLE kept AS SELECT 1 AS n');
    const successor = await start();
    await orphan.exited;
    expect(await query(successor, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });

  test('a killed server is recovered, even if its pid now belongs to another process', async () => {
    const killed = await start();
    await killed.ensureDatabase('rat');
    const pidFile = join(killed.dataDir, 'postmaster.pid');
    const record = await readFile(pidFile, 'utf8');
    process.kill(killed.pid, 'SIGKILL');
    await killed.exited;
    await writeFile(pidFile, record.replace(/^\d+/, String(process.pid)));
    const successor = await start();
    expect(await query(successor, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  test('a database whose password is lost is not silently replaced', async () => {
    await (await start()).stop();
    await rm(join(home, 'postgres.password'));
    await expect(start()).rejects.toThrow(/postgres\.password is missing/);
  });
});
