import { afterAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { backends, testRedisUrl } from './backends.ts';
import { startNode } from './service-process.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

describe('test services', () => {
  const databases: TestDatabase[] = [];
  afterAll(async () => {
    for (const database of databases) await database.close();
  });

  test('two test databases are migrated and isolated from each other', async () => {
    const made = await Promise.all([createTestDatabase(), createTestDatabase()]);
    databases.push(...made);
    const counts: unknown[] = [];
    for (const [index, database] of made.entries()) {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      if (index === 0) await client.query(`INSERT INTO namespaces (name) VALUES ('only-here')`);
      counts.push(
        (await client.query(`SELECT 1 FROM namespaces WHERE name = 'only-here'`)).rowCount,
      );
      await client.end();
    }
    expect(counts).toEqual([1, 0]);
  });

  test('the list of backends names Redis exactly when there is one', () => {
    expect(backends()).toEqual(testRedisUrl() === undefined ? ['postgres'] : ['redis', 'postgres']);
  });

  test('a service that ends during its start is reported with its last output', async () => {
    const service = startNode('packages/testing/bin/no-such-file.mjs', {});
    await expect(service.waitForLine(/ready/)).rejects.toThrow(/Cannot find module/);
    expect((await service.exited).code).toBe(1);
  });
});
