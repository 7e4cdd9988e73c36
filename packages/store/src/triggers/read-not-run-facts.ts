import type { Database } from '../db/database.ts';

/** What explaining a trigger needs beyond its row. */
export interface NotRunFacts {
  now: Date;
  /** Firings with a run in the last hour, by trigger. */
  fired: ReadonlyMap<string, number>;
  /** When the last delivery came that a webhook has not decided about, by trigger. */
  delivered: ReadonlyMap<string, Date>;
  /** The pipelines, `namespace.layer.name`, whose last run failed. */
  failed: ReadonlySet<string>;
}

/** Reads the facts of triggers and of the pipelines that they watch, in one statement. */
export async function readNotRunFacts(
  db: Database,
  triggerIds: readonly string[],
  pipelines: readonly string[],
): Promise<NotRunFacts> {
  const answer = await db.pool.query<FactRow>({ ...READ_FACTS, values: [triggerIds, pipelines] });
  const { rows } = answer;
  const of = (kind: FactRow['kind']): FactRow[] => rows.filter((row) => row.kind === kind);
  return {
    now: rows[0]?.now ?? new Date(),
    fired: new Map(of('fired').map(({ key, count }) => [key, count])),
    delivered: new Map(of('delivered').map(({ key, at }) => [key, at])),
    failed: new Set(of('failed').map(({ key }) => key)),
  };
}

interface FactRow {
  now: Date;
  kind: 'now' | 'fired' | 'delivered' | 'failed';
  key: string;
  count: number;
  at: Date;
}

/** The last run of a pipeline is read by the index of runs by pipeline. */
const READ_FACTS = {
  name: 'read-not-run-facts',
  text: `SELECT now() AS now, 'now' AS kind, '' AS key, 0 AS count, now() AS at
    UNION ALL
    SELECT now(), 'fired', source_id::text, count(*)::int, max(decided_at)
    FROM firings
    WHERE source_id = ANY ($1::uuid[]) AND outcome = 'run' AND decided_at > now() - interval '1 hour'
    GROUP BY source_id
    UNION ALL
    SELECT now(), 'delivered', trigger_id::text, count(*)::int, max(received_at)
    FROM webhook_deliveries
    WHERE trigger_id = ANY ($1::uuid[]) AND decided_at IS NULL
    GROUP BY trigger_id
    UNION ALL
    SELECT now(), 'failed', ref, 0, ended.created_at
    FROM unnest($2::text[]) AS ref
      CROSS JOIN LATERAL (
        SELECT status, created_at FROM runs
        WHERE namespace = split_part(ref, '.', 1)
          AND layer = split_part(ref, '.', 2)
          AND pipeline = split_part(ref, '.', 3)
          AND status IN ('success', 'failed')
        ORDER BY created_at DESC LIMIT 1
      ) ended
    WHERE ended.status = 'failed'`,
};
