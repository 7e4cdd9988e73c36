import { NotFoundError, type Layer, type PipelineRef, type Precondition } from '@rat/domain';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import { lockPipeline, refuseUnless } from './lock-pipeline.ts';

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
  /** Whether it has a draft. */
  hasDraft: boolean;
}

/** A pipeline with the files of its current version; `config` and `qualityTests` as stored. */
export interface PipelineRow extends PipelineSummaryRow {
  sql: string;
  config: unknown;
  qualityTests: unknown;
  contentHash: string;
  /** The author of the current version, and the reason for it. */
  author: string | undefined;
  message: string | undefined;
}

/**
 * The pipeline with its current version; throws NotFoundError. Inside of a transaction it reads what
 * the transaction wrote.
 */
export async function getPipeline(
  db: { pool: Queryable },
  { namespace, layer, name }: PipelineRef,
): Promise<PipelineRow> {
  const answer = await db.pool.query<FoundRow>({
    ...FIND_PIPELINE,
    values: [namespace, layer, name],
  });
  const row = answer.rows[0];
  if (row === undefined) throw new NotFoundError('pipeline not found');
  return {
    id: row.id,
    namespace: row.namespace,
    layer: row.layer,
    name: row.name,
    description: row.description ?? undefined,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    hasDraft: row.has_draft,
    sql: row.sql,
    config: row.config,
    qualityTests: row.quality_tests,
    contentHash: row.content_hash,
    author: row.author ?? undefined,
    message: row.message ?? undefined,
  };
}

interface FoundRow {
  id: string;
  namespace: string;
  layer: Layer;
  name: string;
  description: string | null;
  version: number;
  created_at: Date;
  updated_at: Date;
  has_draft: boolean;
  sql: string;
  config: unknown;
  quality_tests: unknown;
  content_hash: string;
  author: string | null;
  message: string | null;
}

const FIND_PIPELINE = {
  name: 'find-pipeline',
  text: `SELECT
      p.id,
      p.namespace,
      p.layer,
      p.name,
      p.description,
      p.current_version AS version,
      p.created_at,
      p.updated_at,
      EXISTS (
        SELECT 1 FROM pipeline_drafts d
        WHERE d.namespace = p.namespace AND d.layer = p.layer AND d.name = p.name
      ) AS has_draft,
      v.sql,
      v.config,
      v.quality_tests,
      v.content_hash,
      v.author,
      v.message
    FROM pipelines p
      JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.current_version
    WHERE p.namespace = $1 AND p.layer = $2 AND p.name = $3 AND p.deleted_at IS NULL`,
};

/**
 * Marks the pipeline as deleted; its runs, versions and table stay, and its draft goes. Runs that are
 * pending or running still end. Throws NotFoundError, and PreconditionError.
 */
export async function deletePipeline(
  db: Database,
  ref: PipelineRef,
  precondition: Precondition = {},
): Promise<void> {
  await withTransaction(db.pool, (client) => hidePipeline(client, ref, precondition));
}

/** Does the work of `deletePipeline` in the caller's transaction. */
export async function hidePipeline(
  client: Queryable,
  ref: PipelineRef,
  precondition: Precondition,
): Promise<void> {
  const pipeline = await lockPipeline(client, ref);
  if (pipeline?.current === undefined) throw new NotFoundError('pipeline not found');
  await refuseUnless(client, pipeline, precondition);
  await client.query('UPDATE pipelines SET deleted_at = now() WHERE id = $1', [pipeline.id]);
  await client.query(
    'DELETE FROM pipeline_drafts WHERE namespace = $1 AND layer = $2 AND name = $3',
    [ref.namespace, ref.layer, ref.name],
  );
}
