import type { LineageInput, LineagePipeline, PipelineInput } from '@rat/domain';
import type { Database } from '../db/database.ts';

interface LineageRow {
  address: string;
  declared: PipelineInput[];
  tables: string[] | null;
  zones: string[] | null;
}

/**
 * All pipelines of `namespaces`, or of every namespace, with what they read: by the templates of the
 * current version, and by the newest successful run. A run that failed may have read less than it would.
 *
 * @example
 * const graph = toLineageGraph(await readLineage(db, undefined));
 */
export async function readLineage(
  db: Database,
  namespaces: readonly string[] | undefined,
): Promise<LineagePipeline[]> {
  const answer = await db.pool.query<LineageRow>({ ...READ, values: [namespaces ?? null] });
  return answer.rows.map(toPipeline);
}

/** One probe of the index of a pipeline's runs for each pipeline, as a list of pipelines has. */
const READ = {
  name: 'read-lineage',
  text: `SELECT
      p.namespace || '.' || p.layer || '.' || p.name AS address,
      (
        SELECT coalesce(
          jsonb_agg(jsonb_build_object('kind', i.kind, 'target', i.target) ORDER BY i.kind, i.target),
          '[]'
        )
        FROM pipeline_inputs i WHERE i.version_id = v.id
      ) AS declared,
      newest.tables,
      newest.zones
    FROM pipelines p
      LEFT JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.current_version
      LEFT JOIN LATERAL (
        SELECT
          ARRAY(SELECT jsonb_object_keys(r.input_snapshots)) AS tables,
          ARRAY(
            SELECT r.namespace || '/' || l.zone FROM landing_reads l
            WHERE l.run_id = r.id AND l.attempt = r.attempt
          ) AS zones
        FROM runs r
        WHERE (r.namespace, r.layer, r.pipeline) = (p.namespace, p.layer, p.name)
          AND r.kind = 'pipeline'
          AND r.status = 'success'
        ORDER BY r.created_at DESC, r.id DESC
        LIMIT 1
      ) newest ON true
    WHERE p.deleted_at IS NULL AND ($1::text[] IS NULL OR p.namespace = ANY($1))
    ORDER BY p.namespace, p.layer, p.name`,
};

function toPipeline({ address, declared, tables, zones }: LineageRow): LineagePipeline {
  const read = new Set([...(tables ?? []), ...(zones ?? [])]);
  const inputs = declared.map((input): LineageInput => ({
    ...input,
    declared: true,
    observed: read.has(input.target),
  }));
  const named = new Set([...declared.map(({ target }) => target), address]);
  const undeclared = [...read]
    .filter((target) => !named.has(target))
    .map((target): LineageInput => {
      const kind = target.includes('/') ? 'landing' : 'ref';
      return { kind, target, declared: false, observed: true };
    });
  return { address, hasSucceeded: tables !== null, inputs: [...inputs, ...undeclared] };
}
