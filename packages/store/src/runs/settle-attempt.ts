import type { AttemptKey } from '../db/attempt-key.ts';
import {
  type ExecutedSql,
  type Failure,
  type Phase,
  type PhaseRecord,
  type RunAttempt,
  type RunStatus,
  type Settlement,
} from '@rat/domain';
import type { Queryable } from '../db/database.ts';
import { namedStatement } from '../db/named-statement.ts';
import {
  recordQualityResults,
  toQualityRows,
  type Audited,
} from '../quality/record-quality-results.ts';
import { storableJson, storableText } from '../db/storable.ts';

/** `fenced`: the attempt is no longer the running one; nothing was written. */
export type SettleAnswer =
  | {
      kind: 'settled';
      status: RunStatus;
      seq: number;
      nextAttempt: number;
      /** Whether the run has ended and the files or the branch that it staged may still exist. */
      needsCleanup: boolean;
      /** Delay of the next attempt's ticket. Undefined: no next attempt, or it may start now. */
      retryDelayMs?: number;
    }
  | { kind: 'fenced' };

/** When the execution of an attempt ended. Times are of this process's `performance.now()`. */
export interface ExecutionEnd {
  /** When the executor was interrupted; undefined if it stopped by itself. */
  interruptedAt?: number | undefined;
  /** When the executor was idle or dead. */
  stoppedAt: number;
  phase: Phase;
}

/** What the runner reports about an attempt besides its outcome. */
export interface AttemptFacts extends Audited {
  end?: ExecutionEnd | undefined;
  /** `namespace.layer.name` → snapshot id in decimal; undefined if nothing was read. */
  inputSnapshots?: Readonly<Record<string, string>> | undefined;
  /** The SQL of the attempt; undefined when none was compiled. */
  executedSql?: ExecutedSql | undefined;
  /**
   * Whether staged files may still exist if the attempt fails for good. A cancelled run is always
   * marked for cleanup; a run whose quality tests failed keeps its branch and is never marked.
   */
  needsCleanup?: boolean | undefined;
}

/** Every settlement except `succeed`, which `publishRun` commits together with the data. */
export type NonSuccessSettlement = Exclude<Settlement<never>, { kind: 'succeed' }>;

/**
 * Applies a settlement under the fence. A cancel that was requested before this commits outranks
 * it: the run then ends `cancelled`. Without `end`, the receipt of a cancel stays open until the
 * runner, or rescue, confirms the stop.
 *
 * @example
 * const answer = await settleAttempt(db, { runId, attempt }, { kind: 'fail', failure }, phases);
 * if (answer.kind === 'fenced') return;
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
  // Zero rows: the attempt is fenced, or a cancel was requested. Only in the second case is the
  // run still running with this attempt, and then the cancel below matches it.
  const { quality, end, inputSnapshots, executedSql } = settlement;
  const cancelled = await applySettlement(
    db,
    held,
    { kind: 'cancel', quality, end, inputSnapshots, executedSql },
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
    needsCleanup: row.has_leftovers,
    ...(delayMs === null || delayMs <= 0 ? {} : { retryDelayMs: delayMs }),
  };
}

async function applySettlement(
  db: { pool: Queryable },
  held: AttemptKey,
  settlement: NonSuccessSettlement & AttemptFacts,
  phases: readonly PhaseRecord[],
): Promise<SettleAnswer | undefined> {
  const change = toChange(settlement);
  const { failure } = change;
  const [interruptedMsAgo, stoppedMsAgo, phase] = endValues(settlement.end);
  const answer = await db.pool.query<SettledRow>(
    SETTLE_ATTEMPT({
      run_id: held.runId,
      attempt: held.attempt,
      status: change.status,
      message: change.message === null ? null : storableText(change.message),
      failure_code: failure?.code ?? null,
      failure: failure === undefined ? null : storableJson(withoutMessage(failure)),
      delay_ms: change.delayMs,
      interruptions: change.spentNoAttempt ? 1 : 0,
      phases: storableJson(phases),
      quality: toQualityRows(settlement.quality),
      outcome: change.outcome,
      attempt_failure:
        change.attemptFailure === undefined ? null : storableJson(change.attemptFailure),
      interrupted_ms_ago: interruptedMsAgo,
      stopped_ms_ago: stoppedMsAgo,
      phase,
      input_snapshots:
        settlement.inputSnapshots === undefined ? null : storableJson(settlement.inputSnapshots),
      needs_cleanup: settlement.needsCleanup ?? false,
      executed_sql: toSqlValue(settlement.executedSql),
    }),
  );
  return toAnswer(answer.rows[0], change);
}

/** The value of the column `run_attempts.executed_sql`, which only `getRunSql` reads. */
export function toSqlValue(sql: ExecutedSql | undefined): string | null {
  return sql === undefined ? null : storableJson(sql);
}

/**
 * Interruption, stop and phase as parameters. The times are milliseconds ago: clocks differ, and
 * the statement subtracts them from the database's own.
 */
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
  outcome: Exclude<RunAttempt['outcome'], undefined>;
  /** Also set when the run is retried: then the attempt has a failure and the run has none. */
  attemptFailure: Failure | undefined;
}

const NO_CHANGE = {
  message: null,
  failure: undefined,
  delayMs: null,
  spentNoAttempt: false,
  attemptFailure: undefined,
};

function toChange(settlement: NonSuccessSettlement): Change {
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

function withoutMessage(failure: Failure): Omit<Failure, 'message'> {
  const { message: _, ...where } = failure;
  return where;
}

/**
 * Moves a run out of `running` in every way but success. Once a cancel is requested, only a cancel
 * matches.
 *
 * - `not_before` is NULL without a delay. The column rounds to milliseconds, and a time that was
 *   rounded up would refuse an immediate claim.
 * - `enqueued_at` is set with a delay, because the caller adds a delayed ticket. Without a delay
 *   the run waits in its pipeline's line like any other run.
 * - A run that returns to `pending` has its error only in the stream; the row shows an error only
 *   after the run has ended.
 * - On a cancel's receipt no time is before the request, even if clocks differ. If the runner did
 *   not report the phase, the newest phase event of the attempt is used.
 * - The cleanup mark is part of the same statement: if the process dies right after it, any runner
 *   finds the mark.
 */
const SETTLE_ATTEMPT = namedStatement(
  'settle-attempt',
  [
    'run_id',
    'attempt',
    'status',
    'message',
    'failure_code',
    'failure',
    'delay_ms',
    'interruptions',
    'phases',
    'quality',
    'outcome',
    'attempt_failure',
    'interrupted_ms_ago',
    'stopped_ms_ago',
    'phase',
    'input_snapshots',
    'needs_cleanup',
    'executed_sql',
  ],
  `WITH settled AS (
      UPDATE runs SET
        status = :status::varchar,
        finished_at = CASE WHEN :status <> 'pending' THEN now() END,
        duration_ms = CASE
          WHEN :status <> 'pending'
          THEN round(extract(epoch FROM now()::timestamptz(3) - started_at) * 1000)
        END,
        error = CASE WHEN :status = 'failed' THEN :message::text END,
        failure_code = :failure_code::varchar,
        failure = :failure::jsonb,
        not_before = now() + nullif(:delay_ms::float8, 0) * interval '1 ms',
        enqueued_at = CASE WHEN :delay_ms::float8 > 0 THEN now() END,
        interruptions = interruptions + :interruptions,
        cancel_interrupted_at = CASE
          WHEN :status = 'cancelled'
            AND cancel_requested_at IS NOT NULL
            AND :interrupted_ms_ago::float8 IS NOT NULL
          THEN greatest(cancel_requested_at, now() - :interrupted_ms_ago * interval '1 ms')
        END,
        cancel_stopped_at = CASE
          WHEN :status = 'cancelled'
            AND cancel_requested_at IS NOT NULL
            AND :stopped_ms_ago::float8 IS NOT NULL
          THEN greatest(cancel_requested_at, now() - :stopped_ms_ago * interval '1 ms')
        END,
        cancel_phase = CASE
          WHEN :status = 'cancelled' AND cancel_requested_at IS NOT NULL
          THEN coalesce(
            :phase::varchar,
            (
              SELECT e.phase
              FROM run_events e
              WHERE e.run_id = :run_id AND e.attempt = :attempt AND e.kind = 'phase'
              ORDER BY e.seq DESC
              LIMIT 1
            )
          )
        END,
        input_snapshots = coalesce(:input_snapshots::jsonb, input_snapshots),
        has_leftovers = :status = 'cancelled' OR (
          :status = 'failed'
            AND :failure_code::varchar <> 'quality_failed'
            AND :needs_cleanup::boolean
        ),
        phases = :phases::jsonb,
        lease_expires_at = NULL,
        slot = NULL,
        last_seq = last_seq + 1
      WHERE id = :run_id
        AND attempt = :attempt
        AND status = 'running'
        AND (cancel_requested_at IS NULL OR :status = 'cancelled')
      RETURNING
        id,
        status,
        attempt,
        last_seq,
        duration_ms,
        namespace,
        layer,
        pipeline,
        has_leftovers
    ), closed AS (
      UPDATE run_attempts a SET
        finished_at = now(),
        outcome = :outcome,
        failure = :attempt_failure::jsonb,
        executed_sql = :executed_sql::jsonb,
        phases = :phases::jsonb
      FROM settled
      WHERE a.run_id = settled.id AND a.attempt = settled.attempt
    ), event AS (
      INSERT INTO run_events (run_id, seq, attempt, kind, at, payload)
      SELECT
        id,
        last_seq,
        attempt,
        'status',
        now(),
        jsonb_build_object(
          'status', status,
          'rows_written', NULL,
          'duration_ms', duration_ms,
          'error', :message::text
        )
      FROM settled
    ), ${recordQualityResults(':quality')}
    SELECT status, last_seq, attempt, has_leftovers FROM settled`,
);
