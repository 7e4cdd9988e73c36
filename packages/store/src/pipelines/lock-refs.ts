import type { Queryable } from '../db/database.ts';

/**
 * Decides whether a version may be written while no other one is; throws to refuse it. It reads
 * through `graph`, so it sees every version that was committed before, and must be quick: all writers
 * of versions wait.
 */
export type RefsGuard = (graph: { pool: Queryable }) => Promise<void>;

/**
 * Makes the refs of all pipelines change one after the other until the transaction ends. Two versions
 * that are written at once, each checked against refs without the other, would make a cycle together.
 * The caller has locked its pipeline before, so no two callers wait for each other.
 */
export async function lockRefs(client: Queryable): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('rat refs of pipelines', 0))`);
}
