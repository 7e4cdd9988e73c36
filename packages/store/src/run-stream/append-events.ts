import type { LogLevel, Phase } from '@rat/domain';
import { arrayLiteral } from '../db/array-literal.ts';
import type { Database } from '../db/database.ts';
import { storableJson, storableText } from '../db/storable.ts';

/**
 * A new row of a run's stream. `log` has a level and a message; `phase` and `progress` have a
 * payload.
 */
export interface NewRunEvent {
  kind: 'log' | 'phase' | 'progress';
  at: Date;
  phase: Phase | undefined;
  level?: LogLevel | undefined;
  message?: string | undefined;
  payload?: unknown;
}

export type AppendAnswer = { kind: 'appended'; lastSeq: number } | { kind: 'fenced' };

/**
 * Appends a batch of rows under the fence: only the running attempt may write. The run's row
 * assigns the seqs under its lock, so commit order is seq order and a reader with a cursor cannot
 * skip a late commit.
 *
 * Safe to repeat after a lost connection: `alreadyAppended` is how many rows this attempt had
 * appended before this batch, so a batch that did commit is recognised and not written twice.
 *
 * @example
 * const answer = await appendEvents(db, { runId, attempt, alreadyAppended }, batch);
 * if (answer.kind === 'fenced') stopWriting();
 */
export async function appendEvents(
  db: Database,
  held: { runId: string; attempt: number; alreadyAppended: number },
  events: readonly NewRunEvent[],
): Promise<AppendAnswer> {
  const answer = await db.pool.query<{ last_seq: number }>({
    ...APPEND,
    values: [
      held.runId,
      held.attempt,
      held.alreadyAppended,
      events.length,
      arrayLiteral(events.map((event) => event.kind)),
      arrayLiteral(events.map((event) => event.at.toISOString())),
      arrayLiteral(events.map((event) => event.level)),
      arrayLiteral(events.map((event) => event.phase)),
      arrayLiteral(events.map(({ message }) => message && storableText(message))),
      arrayLiteral(payloads(events)),
    ],
  });
  const row = answer.rows[0];
  if (row !== undefined) return { kind: 'appended', lastSeq: row.last_seq };
  return findEarlierAppend(db, held, events.length);
}

/**
 * The payloads up to the last one present; most batches have none. Postgres fills a shorter array
 * with NULL.
 */
function payloads(events: readonly NewRunEvent[]): (string | undefined)[] {
  const last = events.findLastIndex((event) => event.payload !== undefined);
  return events
    .slice(0, last + 1)
    .map(({ payload }) => (payload === undefined ? undefined : storableJson(payload)));
}

async function findEarlierAppend(
  db: Database,
  held: { runId: string; attempt: number; alreadyAppended: number },
  count: number,
): Promise<AppendAnswer> {
  const answer = await db.pool.query<{ last_seq: number }>(
    `SELECT last_seq FROM runs
     WHERE id = $1 AND attempt = $2 AND status = 'running' AND attempt_events = $3`,
    [held.runId, held.attempt, held.alreadyAppended + count],
  );
  const row = answer.rows[0];
  return row === undefined ? { kind: 'fenced' } : { kind: 'appended', lastSeq: row.last_seq };
}

const APPEND = {
  name: 'append-events',
  text: `WITH moved AS (
      UPDATE runs SET last_seq = last_seq + $4, attempt_events = attempt_events + $4
      WHERE id = $1 AND attempt = $2 AND status = 'running' AND attempt_events = $3
      RETURNING last_seq
    ), appended AS (
      INSERT INTO run_events (run_id, seq, attempt, kind, at, level, phase, message, payload)
      SELECT
        $1,
        moved.last_seq - $4 + e.position,
        $2,
        e.kind,
        e.at,
        e.level,
        e.phase,
        e.message,
        e.payload
      FROM
        moved,
        unnest($5::text[], $6::timestamptz[], $7::text[], $8::text[], $9::text[], $10::jsonb[])
          WITH ORDINALITY AS e(kind, at, level, phase, message, payload, position)
    )
    SELECT last_seq FROM moved`,
};
