import {
  decideSettlement,
  type Failure,
  type PhaseRecord,
  type PipelineRef,
  type RunStatus,
} from '@rat/domain';
import { withTransaction, type Database } from './database.ts';
import { settleAttempt } from './settle-attempt.ts';

/** A pending run whose ticket may be lost: ring it again. */
export interface OverdueTicket {
  runId: string;
  /** The attempt that the ticket starts. */
  attempt: number;
}

/**
 * Pending runs that are due and were rung more than `olderThanMs` ago, longest waiting first, at most `limit`. Marks
 * them as rung now, so that the replicas share the work; ringing a ticket that is still in the queue changes nothing.
 */
export async function takeOverdueTickets(
  db: Database,
  query: { olderThanMs: number; limit: number },
): Promise<OverdueTicket[]> {
  const answer = await db.pool.query<{ id: string; attempt: number }>({
    ...TAKE_OVERDUE,
    values: [query.olderThanMs, query.limit],
  });
  return answer.rows.map((row) => ({ runId: row.id, attempt: row.attempt + 1 }));
}

const TAKE_OVERDUE = {
  name: 'take-overdue-tickets',
  text: `UPDATE runs SET enqueued_at = now() WHERE id IN (
      SELECT id FROM runs WHERE status = 'pending' AND (not_before IS NULL OR not_before <= now())
        AND (enqueued_at IS NULL OR enqueued_at < now() - $1 * interval '1 ms')
      ORDER BY enqueued_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING id, attempt`,
};

/** A run whose runner stopped renewing its lease, and what became of it. */
export interface RescuedRun {
  runId: string;
  attempt: number;
  status: RunStatus;
  seq: number;
  table: PipelineRef;
}

const STALLED: Failure = {
  code: 'stalled',
  message: 'the runner stopped answering while it executed this run',
};

/** How long a run waits after its runner died: not at all, the lease was long enough. */
const STALLED_RETRY_DELAY_MS = 0;

/**
 * Settles every running run whose lease has expired, as its dead runner no longer can: another attempt, `failed` when
 * attempts are spent, `cancelled` when that was requested. SKIP LOCKED lets any number of replicas do it at once.
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
          cancelRequested: row.cancel_requested,
          retryDelayMs: STALLED_RETRY_DELAY_MS,
          random: 0,
        },
      );
      // A stalled attempt has nothing to publish.
      if (settlement.kind === 'succeed') continue;
      const held = { runId: row.id, attempt: row.attempt };
      const answer = await settleAttempt({ pool: client }, held, settlement, row.phases);
      if (answer.kind === 'fenced') continue;
      const table = { namespace: row.namespace, layer: row.layer, name: row.name };
      rescued.push({ ...held, status: answer.status, seq: answer.seq, table });
    }
    return rescued;
  });
}

interface ExpiredRow extends PipelineRef {
  id: string;
  attempt: number;
  interruptions: number;
  max_attempts: number;
  cancel_requested: boolean;
  phases: PhaseRecord[];
}

const EXPIRED = `SELECT id, attempt, interruptions, max_attempts, cancel_requested_at IS NOT NULL AS cancel_requested,
    phases, namespace, layer, pipeline AS name
  FROM runs WHERE status = 'running' AND lease_expires_at < now() ORDER BY lease_expires_at LIMIT $1
  FOR UPDATE SKIP LOCKED`;
