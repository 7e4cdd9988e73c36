import type { Ancestry, FiringCause, FiringOutcome, FiringReason, FiringSource } from '@rat/domain';
import type { Prisma } from '../generated/client.ts';
import { storableJson } from '../db/storable.ts';

/** A firing to be stored. */
export interface NewFiring {
  id: string;
  sourceKind: FiringSource;
  sourceId: string;
  /** Two firings of one source with the same key are one. */
  dedupeKey: string;
  scheduledFor?: Date | undefined;
  /** The last of several nominal times. */
  scheduledUntil?: Date | undefined;
  lagMs?: number | undefined;
  outcome: FiringOutcome;
  reason?: FiringReason | undefined;
  detail?: unknown;
  count?: number | undefined;
  runId?: string | undefined;
  blockedBy?: string | undefined;
  interval?: { start: Date; end: Date } | undefined;
  /** What changed; undefined: nothing but the time. */
  causes?: readonly FiringCause[] | undefined;
  ancestry?: Ancestry | undefined;
}

/**
 * Inserts firings in their order, and leaves out those whose key is taken. Returns the ids of the
 * inserted ones. The runs that they name must be inserted in the same transaction.
 */
export async function insertFirings(
  tx: Prisma.TransactionClient,
  firings: readonly NewFiring[],
  now: Date,
): Promise<Set<string>> {
  if (firings.length === 0) return new Set();
  const rows = await tx.$queryRawUnsafe<{ id: string }[]>(
    INSERT_FIRINGS,
    storableJson(firings.map(toRecord)),
    now.toISOString(),
  );
  return new Set(rows.map(({ id }) => id));
}

function toRecord(firing: NewFiring) {
  return {
    id: firing.id,
    source_kind: firing.sourceKind,
    source_id: firing.sourceId,
    dedupe_key: firing.dedupeKey,
    scheduled_for: firing.scheduledFor,
    scheduled_until: firing.scheduledUntil,
    lag_ms: firing.lagMs === undefined ? undefined : Math.min(firing.lagMs, LAG_MAX_MS),
    outcome: firing.outcome,
    reason: firing.reason,
    detail: firing.detail,
    count: firing.count ?? 1,
    run_id: firing.runId,
    blocked_by: firing.blockedBy,
    interval_start: firing.interval?.start,
    interval_end: firing.interval?.end,
    causes: firing.causes,
    depth: firing.ancestry?.depth ?? 0,
    ancestors: firing.ancestry?.ancestors ?? [],
  };
}

/** The greatest integer of the column: 24 days. */
const LAG_MAX_MS = 2_147_483_647;

/** `ON CONFLICT` makes a repeated firing a no-op, and not an error that ends the transaction. */
const INSERT_FIRINGS = `
  INSERT INTO firings (
    id,
    source_kind,
    source_id,
    dedupe_key,
    scheduled_for,
    scheduled_until,
    decided_at,
    lag_ms,
    outcome,
    reason,
    detail,
    count,
    last_at,
    run_id,
    blocked_by,
    interval_start,
    interval_end,
    causes,
    depth,
    ancestors
  )
  SELECT
    id,
    source_kind,
    source_id,
    dedupe_key,
    scheduled_for,
    scheduled_until,
    $2::timestamptz,
    lag_ms,
    outcome,
    reason,
    detail,
    count,
    $2::timestamptz,
    run_id,
    blocked_by,
    interval_start,
    interval_end,
    causes,
    depth,
    ancestors
  FROM
    jsonb_to_recordset($1::jsonb) AS new (
      id uuid,
      source_kind text,
      source_id uuid,
      dedupe_key text,
      scheduled_for timestamptz,
      scheduled_until timestamptz,
      lag_ms int,
      outcome text,
      reason text,
      detail jsonb,
      count int,
      run_id uuid,
      blocked_by uuid,
      interval_start timestamptz,
      interval_end timestamptz,
      causes jsonb,
      depth smallint,
      ancestors uuid[]
    )
  ON CONFLICT (source_id, dedupe_key) DO NOTHING
  RETURNING id::text`;

/**
 * Adds to the newest firing of the source when it is the same skip: a schedule that is skipped for a
 * day has one row, not a thousand. Returns whether it did.
 */
export async function foldSkip(
  tx: Prisma.TransactionClient,
  firing: NewFiring,
  now: Date,
): Promise<boolean> {
  const folded = await tx.$executeRawUnsafe(
    FOLD_SKIP,
    firing.sourceId,
    firing.reason,
    now.toISOString(),
    firing.count ?? 1,
    (firing.scheduledUntil ?? firing.scheduledFor)?.toISOString() ?? null,
    firing.blockedBy ?? null,
    firing.outcome,
  );
  return folded === 1;
}

const FOLD_SKIP = `UPDATE firings SET
    count = count + $4::int,
    last_at = $3::timestamptz,
    scheduled_until = coalesce($5::timestamptz, scheduled_until),
    blocked_by = $6::uuid
  WHERE outcome = $7::text
    AND reason = $2::text
    AND id = (
      SELECT id FROM firings WHERE source_id = $1::uuid ORDER BY position DESC LIMIT 1
    )`;
