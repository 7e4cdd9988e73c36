import type { AttemptKey } from '../db/attempt-key.ts';
import {
  type Failure,
  type Phase,
  type PhaseRecord,
  type RunAttempt,
  type RunStatus,
  type Settlement,
} from '@rat/domain';
import type { Queryable } from '../db/database.ts';
import {
  recordQualityResults,
  toQualityRows,
  type Audited,
} from '../quality/record-quality-results.ts';
import { storableJson, storableText } from '../db/storable.ts';

/** `fenced`: the attempt was no longer the running one; nothing was written. */
export type SettleAnswer =
  | {
      kind: 'settled';
      status: RunStatus;
      seq: number;
      nextAttempt: number;
      /** Whether the run is marked now: it has ended, and what it staged is still to be taken away. */
      hasLeftovers: boolean;
      /** For how long the next attempt has to wait, and is to be rung for then; undefined: there is none, or it need not. */
      retryDelayMs?: number;
    }
  | { kind: 'fenced' };

/** How the execution of an attempt came to its end. Moments are of this process's `performance.now()`. */
export interface ExecutionEnd {
  /** When the executor was told to stop; undefined when it never was, or had stopped by itself. */
  interruptedAt?: number | undefined;
  /** When the executor was idle or dead. */
  stoppedAt: number;
  phase: Phase;
}

/** What is known of an attempt beside its outcome. */
export interface AttemptFacts extends Audited {
  end?: ExecutionEnd | undefined;
  /** `namespace.layer.name` → snapshot id in decimal; undefined when it did not come to reading. */
  inputSnapshots?: Readonly<Record<string, string>> | undefined;
  /**
   * Whether what it staged may still be there if it fails for good. Of one that is cancelled that is taken for granted, and a
   * run whose tests failed keeps it.
   */
  needsCleanup?: boolean | undefined;
}

/** Every way to end an attempt but `succeed`, which `publishRun` carries out together with the data. */
export type NonSuccessSettlement = Exclude<Settlement<never>, { kind: 'succeed' }>;

/**
 * Carries out a settlement under the fence. A cancel that was requested before this commits outranks it: the run then
 * ends `cancelled` whatever was asked. Without `end` the receipt of a cancel stays open until somebody confirms the stop.
 */
export async function settleAttempt(
  db: { pool: Queryable },
  held: AttemptKey,
  settlement: NonSuccessSettlement & AttemptFacts,
  phases: readonly PhaseRecord[],
): Promise<SettleAnswer> {
  const settled = await applySettlement(db, held, settlement, phases);
  if (settled !== undefined) return settled;
  if (settlement.kind === 'cancel') return { kind: 'fenced' };
  // Zero rows: fenced, or a cancel was requested meanwhile. The second is true only while the run is still running.
  const { quality, end, inputSnapshots } = settlement;
  const cancelled = await applySettlement(
    db,
    held,
    { kind: 'cancel', quality, end, inputSnapshots },
    phases,
  );
  return cancelled ?? { kind: 'fenced' };
}

interface SettledRow {
  status: RunStatus;
  last_seq: number;
  attempt: number;
  has_leftovers: boolean;
}

function toAnswer(
  row: SettledRow | undefined,
  { delayMs }: Pick<Change, 'delayMs'>,
): SettleAnswer | undefined {
  if (row === undefined) return undefined;
  return {
    kind: 'settled',
    status: row.status,
    seq: row.last_seq,
    nextAttempt: row.attempt + 1,
    hasLeftovers: row.has_leftovers,
    ...(delayMs === null || delayMs <= 0 ? {} : { retryDelayMs: delayMs }),
  };
}

async function applySettlement(
  db: { pool: Queryable },
  held: AttemptKey,
  settlement: NonSuccessSettlement & AttemptFacts,
  phases: readonly PhaseRecord[],
): Promise<SettleAnswer | undefined> {
  const change = describe(settlement);
  const { failure } = change;
  const answer = await db.pool.query<SettledRow>({
    ...SETTLE_ATTEMPT,
    values: [
      held.runId,
      held.attempt,
      change.status,
      change.message === null ? null : storableText(change.message),
      failure?.code ?? null,
      failure === undefined ? null : storableJson(whereItFailed(failure)),
      change.delayMs,
      change.spentNoAttempt ? 1 : 0,
      storableJson(phases),
      toQualityRows(settlement.quality),
      change.outcome,
      change.attemptFailure === undefined ? null : storableJson(change.attemptFailure),
      ...endValues(settlement.end),
      settlement.inputSnapshots === undefined ? null : storableJson(settlement.inputSnapshots),
      settlement.needsCleanup ?? false,
    ],
  });
  return toAnswer(answer.rows[0], change);
}

/** Milliseconds ago, for clocks differ: that of the database counts. And the phase. */
export function endValues(
  end: ExecutionEnd | undefined,
): [number | null, number | null, Phase | null] {
  if (end === undefined) return [null, null, null];
  const now = performance.now();
  const { interruptedAt } = end;
  return [interruptedAt === undefined ? null : now - interruptedAt, now - end.stoppedAt, end.phase];
}

interface Change {
  status: RunStatus;
  message: string | null;
  failure: Failure | undefined;
  delayMs: number | null;
  spentNoAttempt: boolean;
  /** What became of the attempt, and why: a run that is tried again has failed attempts and no failure. */
  outcome: Exclude<RunAttempt['outcome'], undefined>;
  attemptFailure: Failure | undefined;
}

const NO_CHANGE = {
  message: null,
  failure: undefined,
  delayMs: null,
  spentNoAttempt: false,
  attemptFailure: undefined,
};

function describe(settlement: NonSuccessSettlement): Change {
  switch (settlement.kind) {
    case 'fail':
      return {
        ...NO_CHANGE,
        status: 'failed',
        message: settlement.failure.message,
        failure: settlement.failure,
        outcome: 'failed',
        attemptFailure: settlement.failure,
      };
    case 'retry':
      return {
        ...NO_CHANGE,
        status: 'pending',
        message: settlement.failure.message,
        delayMs: settlement.delayMs,
        spentNoAttempt: settlement.spentNoAttempt ?? false,
        outcome: 'failed',
        attemptFailure: settlement.failure,
      };
    case 'interrupt':
      return {
        ...NO_CHANGE,
        status: 'pending',
        message: 'interrupted by shutdown',
        delayMs: 0,
        spentNoAttempt: true,
        outcome: 'interrupted',
      };
    case 'cancel':
      return { ...NO_CHANGE, status: 'cancelled', outcome: 'cancelled' };
  }
}

function whereItFailed(failure: Failure): Omit<Failure, 'message'> {
  const { message: _, ...where } = failure;
  return where;
}

/**
 * Every way out of `running` but success. Only a cancel may pass once one is requested. No delay is no `not_before`:
 * the column rounds to milliseconds, and a moment rounded up would refuse the very next claim. With a delay the caller
 * rings for its end; without, the run stands in its pipeline's line like any other. A run that goes
 * back to `pending` keeps the reason in its stream; its row shows an error only when it has ended. On the receipt of a
 * cancel nothing happened before it was asked for, whatever the clocks say; when nobody knows the phase, the stream does.
 * The mark for what is left belongs to the end itself: whoever dies right after it has somebody to take that away.
 */
const SETTLE_ATTEMPT = {
  name: 'settle-attempt',
  text: `WITH settled AS (
      UPDATE runs SET status = $3::varchar, finished_at = CASE WHEN $3 <> 'pending' THEN now() END,
        duration_ms = CASE WHEN $3 <> 'pending'
          THEN round(extract(epoch FROM now()::timestamptz(3) - started_at) * 1000) END,
        error = CASE WHEN $3 = 'failed' THEN $4::text END, failure_code = $5::varchar, failure = $6::jsonb,
        not_before = now() + nullif($7::float8, 0) * interval '1 ms', enqueued_at = CASE WHEN $7::float8 > 0 THEN now() END,
        interruptions = interruptions + $8,
        cancel_interrupted_at = CASE WHEN $3 = 'cancelled' AND cancel_requested_at IS NOT NULL AND $13::float8 IS NOT NULL
          THEN greatest(cancel_requested_at, now() - $13 * interval '1 ms') END,
        cancel_stopped_at = CASE WHEN $3 = 'cancelled' AND cancel_requested_at IS NOT NULL AND $14::float8 IS NOT NULL
          THEN greatest(cancel_requested_at, now() - $14 * interval '1 ms') END,
        cancel_phase = CASE WHEN $3 = 'cancelled' AND cancel_requested_at IS NOT NULL THEN coalesce($15::varchar, (
          SELECT e.phase FROM run_events e WHERE e.run_id = $1 AND e.attempt = $2 AND e.kind = 'phase' ORDER BY e.seq DESC LIMIT 1)) END,
        input_snapshots = coalesce($16::jsonb, input_snapshots),
        has_leftovers = $3 = 'cancelled' OR ($3 = 'failed' AND $5::varchar <> 'quality_failed' AND $17::boolean),
        phases = $9::jsonb, lease_expires_at = NULL, slot = NULL, last_seq = last_seq + 1
      WHERE id = $1 AND attempt = $2 AND status = 'running' AND (cancel_requested_at IS NULL OR $3 = 'cancelled')
      RETURNING id, status, attempt, last_seq, duration_ms, namespace, layer, pipeline, has_leftovers
    ), closed AS (
      UPDATE run_attempts a SET finished_at = now(), outcome = $11, failure = $12::jsonb
      FROM settled WHERE a.run_id = settled.id AND a.attempt = settled.attempt
    ), event AS (
      INSERT INTO run_events (run_id, seq, attempt, kind, at, payload)
      SELECT id, last_seq, attempt, 'status', now(), jsonb_build_object('status', status, 'rows_written', NULL,
        'duration_ms', duration_ms, 'error', $4::text) FROM settled
    ), ${recordQualityResults('$10')}
    SELECT status, last_seq, attempt, has_leftovers FROM settled`,
};
