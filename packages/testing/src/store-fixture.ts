import { createLogger } from '@rat/runtime';
import { openDatabase, putPipeline, type Database } from '@rat/store';
import { createTestDatabase } from './test-database.ts';

/**
 * An open, migrated database of the test's own that contains one pipeline, `default.silver.orders`.
 */
export interface StoreFixture {
  db: Database;
  url: string;
  close: () => Promise<void>;
}

export const ORDERS = { namespace: 'default', layer: 'silver', name: 'orders' } as const;

export async function openStoreFixture(): Promise<StoreFixture> {
  const database = await createTestDatabase();
  const log = createLogger('test', { level: 'silent' });
  const db = openDatabase({ url: database.url, maxConnections: 10, applicationName: 'test', log });
  await putPipeline(db, ORDERS, {
    sql: 'SELECT 1 AS n',
    // High enough that no test meets the concurrency limit by accident.
    config: { concurrency: { limit: 1_000 } },
    qualityTests: [],
    contentHash: 'one',
  });
  return {
    db,
    url: database.url,
    close: async () => {
      await db.close();
      await database.close();
    },
  };
}
