import { NotFoundError, type Layer, type PipelineRef } from '@rat/domain';
import { holdNamespace } from '../namespaces/namespaces.ts';
import { withTransaction, type Database } from '../db/database.ts';

/** A pipeline without its files. */
export interface PipelineSummaryRow {
  id: string;
  namespace: string;
  layer: Layer;
  name: string;
  description: string | undefined;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** A pipeline with the files of its current version; `config` and `qualityTests` as stored. */
export interface PipelineRow extends PipelineSummaryRow {
  sql: string;
  config: unknown;
  qualityTests: unknown;
  contentHash: string;
}

/** The content of a version. The hash covers all of it. */
export interface PipelineContent {
  sql: string;
  config: {
    description?: string | undefined;
    concurrency?: object | undefined;
    pool?: string | undefined;
  };
  qualityTests: readonly unknown[];
  contentHash: string;
}

/**
 * Creates the pipeline, or a new version of it. Content equal to the current version changes
 * nothing. A deleted pipeline is restored with its history. Throws NotFoundError for an unknown
 * namespace.
 *
 * @example
 * const outcome = await putPipeline(db, ref, { sql, config, qualityTests, contentHash });
 * if (outcome === 'unchanged') return;
 */
export async function putPipeline(
  db: Database,
  ref: PipelineRef,
  content: PipelineContent,
): Promise<'created' | 'updated' | 'unchanged'> {
  return withTransaction(db.pool, async (client) => {
    await holdNamespace(client, ref.namespace);
    // The upsert locks the row, so two concurrent PUTs of one pipeline number their versions one
    // after the other.
    const upserted = await client.query<{ id: string; current_version: number; deleted: boolean }>(
      `INSERT INTO pipelines (id, namespace, layer, name, current_version)
       VALUES (gen_random_uuid(), $1, $2, $3, 0)
       ON CONFLICT (namespace, layer, name) DO UPDATE SET name = excluded.name
       RETURNING id, current_version, deleted_at IS NOT NULL AS deleted`,
      [ref.namespace, ref.layer, ref.name],
    );
    const pipeline = upserted.rows[0];
    if (pipeline === undefined) throw new Error('an upsert returned no row');
    const current = await client.query<{ content_hash: string }>(
      'SELECT content_hash FROM pipeline_versions WHERE pipeline_id = $1 AND version = $2',
      [pipeline.id, pipeline.current_version],
    );
    const same = current.rows[0]?.content_hash === content.contentHash;
    if (same && !pipeline.deleted) return 'unchanged';
    const version = same ? pipeline.current_version : pipeline.current_version + 1;
    if (!same) {
      await client.query(
        `INSERT INTO pipeline_versions (id, pipeline_id, version, sql, config, quality_tests, content_hash)
         VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6)`,
        [
          pipeline.id,
          version,
          content.sql,
          JSON.stringify(content.config),
          JSON.stringify(content.qualityTests),
          content.contentHash,
        ],
      );
    }
    await client.query(
      `UPDATE pipelines
       SET current_version = $2, description = $3, updated_at = now(), deleted_at = NULL
       WHERE id = $1`,
      [pipeline.id, version, content.config.description ?? null],
    );
    return pipeline.current_version === 0 || pipeline.deleted ? 'created' : 'updated';
  });
}

/** The pipeline with its current version; throws NotFoundError. */
export async function getPipeline(db: Database, ref: PipelineRef): Promise<PipelineRow> {
  const pipeline = await db.prisma.pipeline.findFirst({
    where: { namespace: ref.namespace, layer: ref.layer, name: ref.name, deletedAt: null },
  });
  const version =
    pipeline &&
    (await db.prisma.pipelineVersion.findFirst({
      where: { pipelineId: pipeline.id, version: pipeline.currentVersion },
    }));
  if (!pipeline || !version) throw new NotFoundError('pipeline not found');
  return {
    ...toSummary(pipeline),
    sql: version.sql,
    config: version.config,
    qualityTests: version.qualityTests,
    contentHash: version.contentHash,
  };
}

/**
 * Marks the pipeline as deleted; its runs, versions and table stay. Runs that are pending or
 * running still end. Throws NotFoundError.
 */
export async function deletePipeline(db: Database, ref: PipelineRef): Promise<void> {
  const answer = await db.prisma.pipeline.updateMany({
    where: { namespace: ref.namespace, layer: ref.layer, name: ref.name, deletedAt: null },
    data: { deletedAt: new Date() },
  });
  if (answer.count === 0) throw new NotFoundError('pipeline not found');
}

interface PrismaPipeline {
  id: string;
  namespace: string;
  layer: string;
  name: string;
  description: string | null;
  currentVersion: number;
  createdAt: Date;
  updatedAt: Date;
}

function toSummary(row: PrismaPipeline): PipelineSummaryRow {
  return {
    id: row.id,
    namespace: row.namespace,
    // The CHECK `pipelines_layer_known` allows only these values.
    layer: row.layer as Layer,
    name: row.name,
    description: row.description ?? undefined,
    version: row.currentVersion,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}
