import {
  formatRef,
  type Failure,
  type PhaseRecord,
  type PipelineRef,
  type RunStatus,
  type Settlement,
} from '@rat/domain';
import type { Queryable } from './database.ts';

/** A table's new content, and what the run says of it. */
export interface Publication {
  table: PipelineRef;
  /** Paths relative to the warehouse. */
  files: readonly { path: string; rows: number; bytes: number }[];
  columns: readonly { name: string; type: string }[];
  rows: number;
  bytes: number;
}

/** `fenced`: the attempt was no longer the running one; nothing was written. */
export type SettleAnswer =
  | { kind: 'settled'; status: RunStatus; seq: number; nextAttempt: number }
  | { kind: 'fenced' };

export interface AttemptKey {
  runId: string;
  attempt: number;
}

/**
 * Carries out a settlement under the fence. Publishing the table and marking the run `success` are one statement, so
 * there is no state in which the data is public and the run is not, or the reverse.
 *
 * A cancel that was requested before this commits outranks every settlement: the run then ends `cancelled` whatever
 * was asked, and nothing is published.
 */
export async function settleAttempt(
  db: { pool: Queryable },
  held: AttemptKey,
  settlement: Settlement<Publication>,
  phases: readonly PhaseRecord[],
): Promise<SettleAnswer> {
  const settled =
    settlement.kind === 'succeed'
      ? await succeed(db, held, settlement.publication, phases)
      : await leave(db, held, settlement, phases);
  if (settled !== undefined || settlement.kind === 'cancel') return settled ?? { kind: 'fenced' };
  // Zero rows: fenced, or a cancel was requested meanwhile. The second is true only while the run is still running.
  return (await leave(db, held, { kind: 'cancel' }, phases)) ?? { kind: 'fenced' };
}

interface SettledRow {
  status: RunStatus;
  last_seq: number;
  attempt: number;
}

function toAnswer(row: SettledRow | undefined): SettleAnswer | undefined {
  if (row === undefined) return undefined;
  return { kind: 'settled', status: row.status, seq: row.last_seq, nextAttempt: row.attempt + 1 };
}

async function succeed(
  db: { pool: Queryable },
  held: AttemptKey,
  publication: Publication,
  phases: readonly PhaseRecord[],
): Promise<SettleAnswer | undefined> {
  const { table } = publication;
  const answer = await db.pool.query<SettledRow>({
    ...SUCCEED,
    values: [
      held.runId,
      held.attempt,
      publication.rows,
      JSON.stringify(phases),
      `Published ${formatRef(table)}: ${publication.rows} rows, branch merged`,
      table.namespace,
      table.layer,
      table.name,
      JSON.stringify(publication.files),
      JSON.stringify(publication.columns),
      publication.bytes,
    ],
  });
  return toAnswer(answer.rows[0]);
}

/**
 * The publish: the run's row, its two last stream rows and the table's pointer, or none of them. The row lock of the
 * UPDATE orders it against a cancel: whichever takes the lock first wins, and the other sees it.
 */
const SUCCEED = {
  name: 'settle-succeed',
  text: `WITH settled AS (
      UPDATE runs SET status = 'success', rows_written = $3, finished_at = now(), phases = $4::jsonb,
        duration_ms = round(extract(epoch FROM now()::timestamptz(3) - started_at) * 1000),
        lease_expires_at = NULL, last_seq = last_seq + 2
      WHERE id = $1 AND attempt = $2 AND status = 'running' AND cancel_requested_at IS NULL
      RETURNING id, status, attempt, last_seq, rows_written, duration_ms
    ), event AS (
      INSERT INTO run_events (run_id, seq, attempt, kind, at, level, phase, message, payload)
      SELECT id, last_seq - 1, attempt, 'log', now(), 'info', 'publish', $5, NULL FROM settled
      UNION ALL
      SELECT id, last_seq, attempt, 'status', now(), NULL, NULL, NULL, jsonb_build_object('status', status,
        'rows_written', rows_written, 'duration_ms', duration_ms, 'error', NULL) FROM settled
    ), pointer AS (
      INSERT INTO table_pointers (namespace, layer, name, run_id, files, columns, row_count, byte_count, published_at)
      SELECT $6, $7, $8, id, $9::jsonb, $10::jsonb, $3, $11, now() FROM settled
      ON CONFLICT (namespace, layer, name) DO UPDATE SET run_id = excluded.run_id, files = excluded.files,
        columns = excluded.columns, row_count = excluded.row_count, byte_count = excluded.byte_count,
        published_at = excluded.published_at
    )
    SELECT status, last_seq, attempt FROM settled`,
};

type Departure = Exclude<Settlement<Publication>, { kind: 'succeed' }>;

async function leave(
  db: { pool: Queryable },
  held: AttemptKey,
  departure: Departure,
  phases: readonly PhaseRecord[],
): Promise<SettleAnswer | undefined> {
  const change = describe(departure);
  const { failure } = change;
  const answer = await db.pool.query<SettledRow>({
    ...LEAVE,
    values: [
      held.runId,
      held.attempt,
      change.status,
      change.message,
      failure?.code ?? null,
      failure === undefined ? null : JSON.stringify(whereItFailed(failure)),
      change.delayMs,
      change.spentNoAttempt ? 1 : 0,
      JSON.stringify(phases),
    ],
  });
  return toAnswer(answer.rows[0]);
}

interface Change {
  status: RunStatus;
  message: string | null;
  failure: Failure | undefined;
  delayMs: number | null;
  spentNoAttempt: boolean;
}

const NO_CHANGE = { message: null, failure: undefined, delayMs: null, spentNoAttempt: false };

function describe(departure: Departure): Change {
  switch (departure.kind) {
    case 'fail':
      return {
        ...NO_CHANGE,
        status: 'failed',
        message: departure.failure.message,
        failure: departure.failure,
      };
    case 'retry':
      return {
        ...NO_CHANGE,
        status: 'pending',
        message: departure.failure.message,
        delayMs: departure.delayMs,
      };
    case 'interrupt':
      return {
        ...NO_CHANGE,
        status: 'pending',
        message: 'interrupted by shutdown',
        delayMs: 0,
        spentNoAttempt: true,
      };
    case 'cancel':
      return { ...NO_CHANGE, status: 'cancelled' };
  }
}

function whereItFailed(failure: Failure): Omit<Failure, 'message'> {
  const { message: _, ...where } = failure;
  return where;
}

/**
 * Every way out of `running` but success. Only a cancel may pass once one is requested. No delay is no `not_before`:
 * the column rounds to milliseconds, and a moment rounded up would refuse the very next claim. A run that goes
 * back to `pending` keeps the reason in its stream; its row shows an error only when it has ended.
 */
const LEAVE = {
  name: 'settle-leave',
  text: `WITH settled AS (
      UPDATE runs SET status = $3::varchar, finished_at = CASE WHEN $3 <> 'pending' THEN now() END,
        duration_ms = CASE WHEN $3 <> 'pending'
          THEN round(extract(epoch FROM now()::timestamptz(3) - started_at) * 1000) END,
        error = CASE WHEN $3 = 'failed' THEN $4::text END, failure_code = $5, failure = $6::jsonb,
        not_before = now() + nullif($7::float8, 0) * interval '1 ms', enqueued_at = now(), interruptions = interruptions + $8,
        phases = $9::jsonb, lease_expires_at = NULL, last_seq = last_seq + 1
      WHERE id = $1 AND attempt = $2 AND status = 'running' AND (cancel_requested_at IS NULL OR $3 = 'cancelled')
      RETURNING id, status, attempt, last_seq, duration_ms
    ), event AS (
      INSERT INTO run_events (run_id, seq, attempt, kind, at, payload)
      SELECT id, last_seq, attempt, 'status', now(), jsonb_build_object('status', status, 'rows_written', NULL,
        'duration_ms', duration_ms, 'error', $4::text) FROM settled
    )
    SELECT status, last_seq, attempt FROM settled`,
};
