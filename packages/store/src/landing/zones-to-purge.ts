import type { Database } from '../db/database.ts';
import type { ZoneKey } from './landing-zones.ts';

/** A zone whose archived files are kept for a limited time. */
export interface ZoneToPurge extends ZoneKey {
  retentionDays: number;
}

/**
 * Takes zones with a retention that were not purged within `everyMs` and marks them as purged, so
 * that one of all runners does it.
 */
export async function takeZonesToPurge(
  db: Database,
  query: { everyMs: number; limit: number },
): Promise<ZoneToPurge[]> {
  const answer = await db.pool.query<{ namespace: string; name: string; days: number }>({
    name: 'take-zones-to-purge',
    text: `UPDATE landing_zones SET purged_at = now() WHERE (namespace, name) IN (
        SELECT namespace, name FROM landing_zones
        WHERE processed_retention_days IS NOT NULL
          AND coalesce(purged_at, to_timestamp(0)) < now() - $1 * interval '1 ms'
        ORDER BY purged_at NULLS FIRST LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)
      RETURNING namespace, name, processed_retention_days AS days`,
    values: [query.everyMs, query.limit],
  });
  return answer.rows.map(({ namespace, name, days }) => ({ namespace, name, retentionDays: days }));
}

/** What the database knows about runs whose files a zone has archived. */
export interface ArchivedRuns {
  /** The archive is at least as old as the retention. */
  expired: string[];
  /** Runs that retention has removed: the database knows no time of theirs. */
  unknown: string[];
}

/**
 * Sorts out the runs whose archived files may be deleted. An archive begins when its run ended, and
 * again with each decision about the run: a quarantined run is published days after its end, and the
 * files of a reverted run are wanted once more. A run whose files still move is in neither list.
 */
export async function findExpiredArchives(
  db: Database,
  runIds: readonly string[],
  retentionDays: number,
): Promise<ArchivedRuns> {
  const answer = await db.pool.query<{ id: string; known: boolean }>(
    `SELECT u.id, r.id IS NOT NULL AS known
     FROM unnest($1::uuid[]) AS u(id) LEFT JOIN runs r ON r.id = u.id
     WHERE (r.id IS NULL OR greatest(
         r.finished_at,
         (SELECT max(a.at) FROM run_actions a WHERE a.run_id = r.id)
       ) < now() - $2 * interval '1 day')
       AND NOT EXISTS (SELECT 1 FROM landing_reads l WHERE l.run_id = u.id AND l.archive = 'due')`,
    [runIds, retentionDays],
  );
  const found: ArchivedRuns = { expired: [], unknown: [] };
  for (const { id, known } of answer.rows) (known ? found.expired : found.unknown).push(id);
  return found;
}
