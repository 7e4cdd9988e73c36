import type { MaintenanceReport, PhaseRecord } from '@rat/domain';
import type { Database } from '../db/database.ts';
import { recordQualityResults, toQualityRows } from '../quality/record-quality-results.ts';
import {
  settleAttempt,
  toSqlValue,
  type AttemptFacts,
  type SettleAnswer,
} from './settle-attempt.ts';
import type { AttemptKey } from '../db/attempt-key.ts';
import { storableJson } from '../db/storable.ts';

/** The result of a successful run that publishes no table. */
export interface Completion extends AttemptFacts {
  maintenance?: MaintenanceReport | undefined;
}

/**
 * Marks a run that publishes no table `success`, under the fence. If a cancel was requested before,
 * the run ends cancelled.
 */
export async function completeRun(
  db: Database,
  held: AttemptKey,
  { maintenance, ...facts }: Completion,
  phases: readonly PhaseRecord[],
): Promise<SettleAnswer> {
  const answer = await db.pool.query<{ last_seq: number; attempt: number }>({
    ...COMPLETE,
    values: [
      held.runId,
      held.attempt,
      maintenance === undefined ? null : storableJson(maintenance),
      storableJson(phases),
      toQualityRows(facts.quality),
      facts.inputSnapshots === undefined ? null : JSON.stringify(facts.inputSnapshots),
      toSqlValue(facts.executedSql),
    ],
  });
  const row = answer.rows[0];
  if (row === undefined) return settleAttempt(db, held, { kind: 'cancel', ...facts }, phases);
  return {
    kind: 'settled',
    status: 'success',
    seq: row.last_seq,
    nextAttempt: row.attempt + 1,
    needsCleanup: false,
  };
}

const COMPLETE = {
  name: 'complete-run',
  text: `WITH settled AS (
      UPDATE runs SET
        status = 'success',
        rows_written = 0,
        maintenance = $3::jsonb,
        phases = $4::jsonb,
        input_snapshots = coalesce($6::jsonb, input_snapshots),
        finished_at = now(),
        duration_ms = round(extract(epoch FROM now()::timestamptz(3) - started_at) * 1000),
        lease_expires_at = NULL,
        slot = NULL,
        last_seq = last_seq + 1
      WHERE id = $1 AND attempt = $2 AND status = 'running' AND cancel_requested_at IS NULL
      RETURNING id, status, attempt, last_seq, duration_ms, namespace, layer, pipeline
    ), closed AS (
      UPDATE run_attempts a SET
        finished_at = now(),
        outcome = 'success',
        executed_sql = $7::jsonb,
        phases = $4::jsonb
      FROM settled WHERE a.run_id = settled.id AND a.attempt = settled.attempt
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
          'rows_written', 0,
          'duration_ms', duration_ms,
          'error', NULL
        )
      FROM settled
    ), ${recordQualityResults('$5')}
    SELECT last_seq, attempt FROM settled`,
};
