import { decideSettlement, type Failure, type PhaseRecord, type RunStatus } from '@rat/domain';
import { withTransaction, type Database } from '../db/database.ts';
import { settleAttempt } from './settle-attempt.ts';

/** A run whose lease expired, and the status that rescue gave it. */
export interface RescuedRun {
  runId: string;
  attempt: number;
  status: RunStatus;
  seq: number;
}

const STALLED: Failure = {
  code: 'stalled',
  message: 'the runner stopped answering while it executed this run',
};

/** The delay before the next attempt: none, because the lease has delayed the run long enough. */
const STALLED_RETRY_DELAY_MS = 0;

/**
 * Settles running runs whose lease has expired, in place of their dead runner. A run gets another
 * attempt, fails when its attempts are spent, or ends cancelled if that was requested. A run that
 * ends is marked for cleanup. SKIP LOCKED lets any number of replicas do it at once.
 */
export async function rescueExpiredLeases(db: Database, limit: number): Promise<RescuedRun[]> {
  return withTransaction(db.pool, async (client) => {
    const expired = await client.query<ExpiredRow>(EXPIRED, [limit]);
    const rescued: RescuedRun[] = [];
    for (const row of expired.rows) {
      const settlement = decideSettlement<never>(
        { kind: 'failure', failure: STALLED },
        {
          attempt: row.attempt,
          interruptions: row.interruptions,
          maxAttempts: row.max_attempts,
          // A stalled attempt does not count as a crash, even if earlier attempts crashed.
          earlierCrashes: 0,
          cancelRequested: row.cancel_requested,
          retryDelayMs: STALLED_RETRY_DELAY_MS,
          random: 0,
        },
      );
      // A stalled attempt has nothing to publish.
      if (settlement.kind === 'succeed') continue;
      const held = { runId: row.id, attempt: row.attempt };
      const withCleanup = { ...settlement, needsCleanup: true };
      const answer = await settleAttempt({ pool: client }, held, withCleanup, row.phases);
      if (answer.kind === 'fenced') continue;
      rescued.push({ ...held, status: answer.status, seq: answer.seq });
    }
    return rescued;
  });
}

interface ExpiredRow {
  id: string;
  attempt: number;
  interruptions: number;
  max_attempts: number;
  cancel_requested: boolean;
  phases: PhaseRecord[];
}

const EXPIRED = `SELECT
    id,
    attempt,
    interruptions,
    max_attempts,
    cancel_requested_at IS NOT NULL AS cancel_requested,
    phases
  FROM runs
  WHERE status = 'running' AND lease_expires_at < now()
  ORDER BY lease_expires_at
  LIMIT $1
  FOR UPDATE SKIP LOCKED`;
