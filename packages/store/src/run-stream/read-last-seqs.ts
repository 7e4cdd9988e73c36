import type { Database } from '../db/database.ts';

/** The seq of the newest row of a run's stream. */
export interface StreamEnd {
  runId: string;
  lastSeq: number;
}

/** The newest seq of each of these runs that exists, in one statement by primary key. */
export async function readLastSeqs(db: Database, runIds: readonly string[]): Promise<StreamEnd[]> {
  const answer = await db.pool.query<{ id: string; last_seq: number }>({
    name: 'read-last-seqs',
    text: 'SELECT id, last_seq FROM runs WHERE id = ANY($1::uuid[])',
    values: [runIds],
  });
  return answer.rows.map((row) => ({ runId: row.id, lastSeq: row.last_seq }));
}
