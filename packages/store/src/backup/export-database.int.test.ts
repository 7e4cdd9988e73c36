import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, eventually, onServer, type TestDatabase } from '@rat/testing';
import { migrate, withExport } from '../index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

async function count(sql: string): Promise<number> {
  let n = 0;
  await onServer(database.url, async (client) => {
    const { rows } = await client.query<{ n: string }>(sql);
    n = Number(rows[0]?.n);
  });
  return n;
}

const WAITING = `SELECT count(*)::text AS n FROM pg_locks
  WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

test('a migration waits for the end of a backup and blocks no statement meanwhile', async () => {
  const order: string[] = [];
  let migration: Promise<unknown> = Promise.resolve();
  await withExport(database.url, async () => {
    migration = migrate({ databaseUrl: database.url }).then(() => order.push('migrated'));
    await eventually('the migration waits', async () => (await count(WAITING)) === 1);
    expect(await count('SELECT count(*)::text AS n FROM runs')).toBe(0);
    order.push('backed up');
  });
  await migration;
  expect(order).toEqual(['backed up', 'migrated']);
});
