import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { testServices } from './test-environment.ts';

export interface TestDatabase {
  url: string;
  name: string;
  /** Drops the database; ends every session that is still open. */
  close: () => Promise<void>;
}

/**
 * Creates a migrated database for one test file. As a copy of the template it is ready within a few
 * dozen milliseconds.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { adminUrl, template } = testServices();
  const name = `rat_test_${randomBytes(6).toString('hex')}`;
  await onServer(adminUrl, (client) =>
    client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`),
  );
  const close = (): Promise<void> => dropDatabase(adminUrl, name);
  return { url: withDatabase(adminUrl, name), name, close };
}

/** Runs `work` on a new connection to the database of `url`. */
export async function onServer(
  url: string,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await onServer(adminUrl, (client) =>
    client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  );
}

/** The same server and credentials, another database. */
export function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
