import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from '@jest/globals';
import { onServer, testServices } from '@rat/testing';
import pg from 'pg';
import { listMigrations, migrate } from './migrate.ts';
import { isDatabaseDown } from './postgres-errors.ts';

let admin: pg.Client;
let name: string;
let url: string;
beforeAll(async () => {
  admin = new pg.Client({ connectionString: testServices().adminUrl });
  await admin.connect();
});
afterAll(() => admin.end());
beforeEach(async () => {
  name = `rat_migrate_${randomBytes(6).toString('hex')}`;
  await admin.query(`CREATE DATABASE ${name}`);
  const address = new URL(testServices().adminUrl);
  address.pathname = `/${name}`;
  url = address.href;
});
afterEach(() => admin.query(`DROP DATABASE ${name} WITH (FORCE)`));

/** Ends every session of the database, as a crash of the server does. */
async function cut(): Promise<void> {
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
    name,
  ]);
}

// From the connection of the engine to its last statements, on fast machines and on slow ones.
test.each([0, 10, 20, 40, 60, 90, 120, 180, 250, 350, 500, 700, 900])(
  'a database that is lost %d ms after the migrations began is known as lost, and the next start applies the rest',
  async (afterMs) => {
    const timer = setTimeout(() => void cut(), afterMs);
    const error = await migrate({ databaseUrl: url }).then(
      () => undefined,
      (one: unknown) => one,
    );
    clearTimeout(timer);
    if (error !== undefined) expect([isDatabaseDown(error), error]).toEqual([true, error]);
    await migrate({ databaseUrl: url });
    await onServer(url, async (client) => {
      const { rows } = await client.query<{ migration_name: string }>(
        'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY migration_name',
      );
      expect(rows.map((row) => row.migration_name)).toEqual(await listMigrations());
    });
  },
  60_000,
);
