import {
  ConflictError,
  formatRef,
  NotFoundError,
  type Layer,
  type NamespaceSet,
  type PipelineRef,
  type Precondition,
} from '@rat/domain';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import { lockPipeline, refuseUnless } from './lock-pipeline.ts';

/** The published version of a pipeline, and which files it has. */
export interface PublishedVersion {
  id: string;
  at: Date;
  /** Whether any setting is set. */
  hasConfig: boolean;
  /** The names of its quality tests with SQL. */
  tests: string[];
}

/** A pipeline without its files. */
export interface PipelineSummaryRow {
  id: string;
  namespace: string;
  layer: Layer;
  name: string;
  description: string | undefined;
  owner: string | undefined;
  /** 0 while no version is published. */
  version: number;
  published: PublishedVersion | undefined;
  createdAt: Date;
  updatedAt: Date;
  /** Whether it has a draft. */
  hasDraft: boolean;
}

/**
 * A pipeline with the files of its current version; `config` and `qualityTests` as stored. Without a
 * published version all of them are empty, the hash too.
 */
export interface PipelineRow extends PipelineSummaryRow {
  sql: string;
  config: unknown;
  qualityTests: unknown;
  /** `config.yaml` as its author wrote it; undefined when the settings came as JSON. */
  configYaml: string | undefined;
  /** `automation.yaml` as its author wrote it. */
  automationYaml: string | undefined;
  contentHash: string;
  /** The author of the current version, and the reason for it. */
  author: string | undefined;
  message: string | undefined;
  /** The namespaces that the current version may read. */
  mayRead: NamespaceSet;
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
    owner: row.owner ?? undefined,
    version: row.version,
    published: toPublished(row),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    hasDraft: row.has_draft,
    sql: row.sql ?? '',
    config: row.config ?? {},
    qualityTests: row.quality_tests ?? [],
    configYaml: row.config_yaml ?? undefined,
    automationYaml: row.automation_yaml ?? undefined,
    contentHash: row.content_hash ?? '',
    author: row.author ?? undefined,
    message: row.message ?? undefined,
    mayRead: row.may_read ?? undefined,
  };
}

/** The columns of `PUBLISHED`. */
export interface PublishedRow {
  version_id: string | null;
  published_at: Date | null;
  has_config: boolean | null;
  test_names: string[] | null;
}

/** The published version, of the columns of `PUBLISHED`. */
export function toPublished(row: PublishedRow): PublishedVersion | undefined {
  if (row.version_id === null || row.published_at === null) return undefined;
  return {
    id: row.version_id,
    at: row.published_at,
    hasConfig: row.has_config ?? false,
    tests: row.test_names ?? [],
  };
}

/** Columns of the current version `v`, which a statement joins with LEFT JOIN. */
export const PUBLISHED = `v.id AS version_id,
      v.created_at AS published_at,
      v.config <> '{}' AS has_config,
      jsonb_path_query_array(v.quality_tests, '$[*].name') AS test_names`;

interface FoundRow extends PublishedRow {
  id: string;
  namespace: string;
  layer: Layer;
  name: string;
  description: string | null;
  owner: string | null;
  version: number;
  created_at: Date;
  updated_at: Date;
  has_draft: boolean;
  sql: string | null;
  config: unknown;
  quality_tests: unknown;
  config_yaml: string | null;
  automation_yaml: string | null;
  content_hash: string | null;
  author: string | null;
  message: string | null;
  may_read: string[] | null;
}

const FIND_PIPELINE = {
  name: 'find-pipeline',
  text: `SELECT
      p.id,
      p.namespace,
      p.layer,
      p.name,
      p.description,
      p.owner,
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
      v.config_yaml,
      p.automation_yaml,
      v.content_hash,
      v.author,
      v.message,
      v.may_read,
      ${PUBLISHED}
    FROM pipelines p
      LEFT JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.current_version
    WHERE p.namespace = $1 AND p.layer = $2 AND p.name = $3 AND p.deleted_at IS NULL`,
};

/** What is missing of a pipeline without a version, and what to do about it. */
export function notPublished(ref: PipelineRef): string {
  const { namespace, layer, name } = ref;
  const publish = `POST /api/v1/pipelines/${namespace}/${layer}/${name}/publish`;
  return `${formatRef(ref)} has no published version: publish its draft with ${publish}`;
}

/** Throws ConflictError when the pipeline exists without a published version. */
export async function refuseUnpublished(db: { pool: Queryable }, ref: PipelineRef): Promise<void> {
  const answer = await db.pool.query(
    `SELECT 1 FROM pipelines
     WHERE namespace = $1 AND layer = $2 AND name = $3
       AND current_version = 0 AND deleted_at IS NULL`,
    [ref.namespace, ref.layer, ref.name],
  );
  if (answer.rowCount !== 0) throw new ConflictError(notPublished(ref));
}

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
