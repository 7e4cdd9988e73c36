import type { Database } from '../db/database.ts';

/** Whether there is a namespace of this name. */
export async function hasNamespace(db: Database, name: string): Promise<boolean> {
  const answer = await db.pool.query('SELECT 1 FROM namespaces WHERE name = $1', [name]);
  return answer.rowCount === 1;
}
