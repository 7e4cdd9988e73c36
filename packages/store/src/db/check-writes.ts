import type { Database } from './database.ts';

/**
 * Writes one small row. Throws when the database accepts no writes: it is read-only, a standby, or
 * its disk is full.
 */
export async function checkWrites(db: Database): Promise<void> {
  await db.pool.query(WRITE_CHECK);
}

/** All processes update the same row, so the table never grows. */
const WRITE_CHECK = {
  name: 'write-check',
  text: `INSERT INTO write_checks (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET checked_at = now()`,
};
