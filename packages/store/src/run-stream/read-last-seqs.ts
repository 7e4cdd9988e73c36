import type { Database } from '../db/database.ts';

/** How far a run's stream has come. */
export interface StreamEnd {
  runId: string;
  lastSeq: number;
}

/** The ends of the streams of those of the runs that exist, in one statement by primary key. */
export async function readLastSeqs(db: Database, runIds: readonly string[]): Promise<StreamEnd[]> {
  const answer = await db.pool.query<{ id: string; last_seq: number }>({
    name: 'read-last-seqs',
    text: 'SELECT id, last_seq FROM runs WHERE id = ANY($1::uuid[])',
    values: [runIds],
  });
  return answer.rows.map((row) => ({ runId: row.id, lastSeq: row.last_seq }));
}
