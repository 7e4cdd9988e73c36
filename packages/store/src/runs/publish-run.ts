import { formatRef, type PhaseRecord } from '@rat/domain';
import { moveTable, type PointerMove } from '../catalog/catalog.ts';
import { publishHead, type PublishedHead } from '../catalog/table-heads.ts';
import { withTransaction, type Database } from '../db/database.ts';
import { makeArchivesDue } from '../landing/landing-archives.ts';
import { recordQualityResults, toQualityRows } from '../quality/record-quality-results.ts';
import {
  settleAttempt,
  toSqlValue,
  type AttemptFacts,
  type SettleAnswer,
} from './settle-attempt.ts';
import type { AttemptKey } from '../db/attempt-key.ts';

/** The new snapshot of a table, and the figures that the run shows for it. */
export interface PublishedSnapshot extends AttemptFacts {
  move: PointerMove;
  /** In decimal. */
  snapshotId: string;
  /** `namespace.layer.name` → snapshot id in decimal. */
  inputSnapshots: Readonly<Record<string, string>>;
  rowsWritten: number;
  rowsDeleted: number;
  rowsTotal: number;
}

/**
 * `conflict`: another writer moved the table’s pointer. Nothing was written; the caller rebuilds on
 * the new state.
 */
export type PublishAnswer = SettleAnswer | { kind: 'conflict' };

/**
 * Moves the table's pointer and marks the run `success` in one transaction, under the fence: the
 * data is public if and only if the run has succeeded. The run's row is locked first, which orders
 * the publish against a cancel: the first to take the lock wins. If that is the cancel, the run
 * ends cancelled.
 */
export async function publishRun(
  db: Database,
  held: AttemptKey,
  published: PublishedSnapshot,
  phases: readonly PhaseRecord[],
): Promise<PublishAnswer> {
  try {
    const settled = await withTransaction(db.pool, async (client) => {
      const settling = client.query<{ last_seq: number; attempt: number }>({
        ...SUCCEED,
        values: [
          held.runId,
          held.attempt,
          published.rowsWritten,
          JSON.stringify(phases),
          `Published ${formatRef(published.move.table)}: ${published.rowsWritten} rows, branch merged`,
          published.rowsDeleted,
          published.rowsTotal,
          JSON.stringify(published.inputSnapshots),
          published.snapshotId,
          toQualityRows(published.quality),
          toSqlValue(published.executedSql),
        ],
      });
      // Sent together and executed in this order. If the settlement matches no row, the rest is
      // rolled back.
      const [settlement, isMoved] = await Promise.all([
        settling,
        moveTable({ pool: client }, published.move),
        makeArchivesDue({ pool: client }, held.runId),
        publishHead({ pool: client }, headOf(held, published)),
      ]);
      const row = settlement.rows[0];
      if (row === undefined) throw new FencedError();
      if (!isMoved) throw new PointerMovedError();
      return row;
    });
    const { last_seq: seq, attempt } = settled;
    return {
      kind: 'settled',
      status: 'success',
      seq,
      nextAttempt: attempt + 1,
      needsCleanup: false,
    };
  } catch (error) {
    if (error instanceof PointerMovedError) return { kind: 'conflict' };
    if (!(error instanceof FencedError)) throw error;
    const { quality, end, inputSnapshots, executedSql } = published;
    const settlement = { kind: 'cancel', quality, end, inputSnapshots, executedSql } as const;
    return settleAttempt(db, held, settlement, phases);
  }
}

function headOf({ runId }: AttemptKey, published: PublishedSnapshot): PublishedHead {
  const { move, snapshotId, rowsWritten, rowsDeleted } = published;
  const { table, next: location } = move;
  return { table, location, snapshotId, runId, hasChanged: rowsWritten + rowsDeleted > 0 };
}

// Each rolls the transaction back and never leaves this file.
class PointerMovedError extends Error {}
class FencedError extends Error {}

const SUCCEED = {
  name: 'publish-run',
  text: `WITH settled AS (
      UPDATE runs SET
        status = 'success',
        rows_written = $3,
        rows_deleted = $6,
        rows_total = $7,
        input_snapshots = $8::jsonb,
        output_snapshot_id = $9,
        finished_at = now(),
        phases = $4::jsonb,
        duration_ms = round(extract(epoch FROM now()::timestamptz(3) - started_at) * 1000),
        lease_expires_at = NULL,
        slot = NULL,
        last_seq = last_seq + 2
      WHERE id = $1 AND attempt = $2 AND status = 'running' AND cancel_requested_at IS NULL
      RETURNING
        id,
        status,
        attempt,
        last_seq,
        rows_written,
        duration_ms,
        namespace,
        layer,
        pipeline
    ), closed AS (
      UPDATE run_attempts a SET
        finished_at = now(),
        outcome = 'success',
        executed_sql = $11::jsonb,
        phases = $4::jsonb
      FROM settled WHERE a.run_id = settled.id AND a.attempt = settled.attempt
    ), event AS (
      INSERT INTO run_events (run_id, seq, attempt, kind, at, level, phase, message, payload)
      SELECT id, last_seq - 1, attempt, 'log', now(), 'info', 'publish', $5, NULL FROM settled
      UNION ALL
      SELECT
        id,
        last_seq,
        attempt,
        'status',
        now(),
        NULL,
        NULL,
        NULL,
        jsonb_build_object(
          'status', status,
          'rows_written', rows_written,
          'duration_ms', duration_ms,
          'error', NULL
        )
      FROM settled
    ), ${recordQualityResults('$10')}
    SELECT last_seq, attempt FROM settled`,
};
