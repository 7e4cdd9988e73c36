import type { FiringCause, FiringOutcome, RunStatus } from '@rat/domain';
import type { Database } from '../db/database.ts';

/** A firing with the state of its run. */
export interface FiringRow {
  id: string;
  /** Orders the firings of a source; the cursor of a page. */
  position: number;
  scheduledFor: Date | undefined;
  scheduledUntil: Date | undefined;
  decidedAt: Date;
  lastAt: Date;
  lagMs: number | undefined;
  outcome: FiringOutcome;
  reason: string | undefined;
  count: number;
  runId: string | undefined;
  /** Undefined when retention has removed the run. */
  runStatus: RunStatus | undefined;
  blockedBy: string | undefined;
  interval: { start: Date; end: Date } | undefined;
  /** What changed; none of a schedule. */
  causes: FiringCause[];
  /** How many firings of triggers led to it. */
  depth: number;
}

/** The firings of a source, the newest first, from `before` on. */
export async function listFirings(
  db: Database,
  sourceId: string,
  query: { outcome?: FiringOutcome | undefined; before?: number | undefined; limit: number },
): Promise<FiringRow[]> {
  const { outcome = null, before = null, limit } = query;
  const answer = await db.pool.query<StoredFiring>({
    ...LIST_FIRINGS,
    values: [sourceId, outcome, before, limit],
  });
  return answer.rows.map((row) => ({
    id: row.id,
    position: row.position,
    scheduledFor: row.scheduled_for ?? undefined,
    scheduledUntil: row.scheduled_until ?? undefined,
    decidedAt: row.decided_at,
    lastAt: row.last_at,
    lagMs: row.lag_ms ?? undefined,
    outcome: row.outcome,
    reason: row.reason ?? undefined,
    count: row.count,
    runId: row.run_id ?? undefined,
    runStatus: row.run_status ?? undefined,
    blockedBy: row.blocked_by ?? undefined,
    interval:
      row.interval_start === null || row.interval_end === null
        ? undefined
        : { start: row.interval_start, end: row.interval_end },
    causes: row.causes ?? [],
    depth: row.depth,
  }));
}

interface StoredFiring {
  id: string;
  position: number;
  scheduled_for: Date | null;
  scheduled_until: Date | null;
  decided_at: Date;
  last_at: Date;
  lag_ms: number | null;
  outcome: FiringOutcome;
  reason: string | null;
  count: number;
  run_id: string | null;
  run_status: RunStatus | null;
  blocked_by: string | null;
  interval_start: Date | null;
  interval_end: Date | null;
  causes: FiringCause[] | null;
  depth: number;
}

const LIST_FIRINGS = {
  name: 'list-firings',
  text: `SELECT
      f.id::text,
      f.position,
      f.scheduled_for,
      f.scheduled_until,
      f.decided_at,
      f.last_at,
      f.lag_ms,
      f.outcome,
      f.reason,
      f.count,
      f.run_id::text,
      r.status AS run_status,
      f.blocked_by::text,
      f.interval_start,
      f.interval_end,
      f.causes,
      f.depth
    FROM firings f LEFT JOIN runs r ON r.id = f.run_id
    WHERE f.source_id = $1
      AND ($2::text IS NULL OR f.outcome = $2)
      AND ($3::bigint IS NULL OR f.position < $3)
    ORDER BY f.position DESC LIMIT $4`,
};

/** Deletes firings that are older than `days`, at most `limit`. Returns how many. */
export async function forgetOldFirings(
  db: Database,
  { days, limit }: { days: number; limit: number },
): Promise<number> {
  const answer = await db.pool.query(FORGET_OLD, [days, limit]);
  return answer.rowCount ?? 0;
}

/** A firing stays as long as its run. The age is found by a summary of the table's blocks. */
const FORGET_OLD = `DELETE FROM firings WHERE id IN (
    SELECT id FROM firings
    WHERE decided_at < now() - $1::int * interval '1 day'
      AND last_at < now() - $1::int * interval '1 day'
      AND run_id IS NULL
    LIMIT $2 FOR UPDATE SKIP LOCKED
  )`;
