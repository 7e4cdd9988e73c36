import { formatRef, type PipelineRef } from '@rat/domain';
import type { Queryable } from '../db/database.ts';

/** The files of a pipeline's current version that say what it does. */
export interface PipelineSourceRow {
  sql: string;
  config: unknown;
  /** `config.yaml` as its author wrote it; undefined when the settings came as JSON. */
  configYaml: string | undefined;
  contentHash: string;
}

/**
 * The SQL of the current versions of several pipelines, by `namespace.layer.name`. One that does not
 * exist, or is deleted, is left out.
 *
 * @example
 * const sources = await findPipelineSources(db, [{ namespace: 'shop', layer: 'silver', name: 'orders' }]);
 * sources.get('shop.silver.orders')?.sql;
 */
export async function findPipelineSources(
  db: { pool: Queryable },
  refs: readonly PipelineRef[],
): Promise<Map<string, PipelineSourceRow>> {
  if (refs.length === 0) return new Map();
  const answer = await db.pool.query<
    PipelineRef & { sql: string; config: unknown; config_yaml: string | null; content_hash: string }
  >(
    `SELECT
       p.namespace,
       p.layer,
       p.name,
       v.sql,
       v.config,
       v.config_yaml,
       v.content_hash
     FROM unnest($1::text[], $2::text[], $3::text[]) AS asked (namespace, layer, name)
     JOIN pipelines p USING (namespace, layer, name)
     JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.current_version
     WHERE p.deleted_at IS NULL`,
    [refs.map((r) => r.namespace), refs.map((r) => r.layer), refs.map((r) => r.name)],
  );
  return new Map(
    answer.rows.map(({ namespace, layer, name, ...row }) => [
      formatRef({ namespace, layer, name }),
      {
        sql: row.sql,
        config: row.config,
        configYaml: row.config_yaml ?? undefined,
        contentHash: row.content_hash,
      },
    ]),
  );
}
