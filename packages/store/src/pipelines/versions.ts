import {
  intersectNamespaces,
  NotFoundError,
  type NamespaceSet,
  type PipelineRef,
  type RunStatus,
} from '@rat/domain';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import type { IdempotencyKey } from '../db/idempotency.ts';
import { findNewestVersion, lockPipeline, refuseUnless } from './lock-pipeline.ts';
import { getPipeline, notPublished } from './pipelines.ts';
import { writeVersion, type VersionChange } from './put-pipeline.ts';
import { findVersionInputs } from './version-inputs.ts';
import { writeOnce, type PipelineWriteOnce } from './write-once.ts';

/** A version of a pipeline without its files. */
export interface VersionSummaryRow {
  id: string;
  pipelineId: string;
  version: number;
  author: string | undefined;
  message: string | undefined;
  createdAt: Date;
  contentHash: string;
  isCurrent: boolean;
  /** The runs that are pinned to it and not yet removed. */
  runs: number;
  /** Whether any setting is set. */
  hasConfig: boolean;
  /** The names of its quality tests with SQL. */
  tests: string[];
}

/** A version of a pipeline; `config` and `qualityTests` as stored. */
export interface VersionRow extends VersionSummaryRow {
  sql: string;
  config: unknown;
  qualityTests: unknown;
  /** `config.yaml` as its author wrote it; undefined when the settings came as JSON. */
  configYaml: string | undefined;
  /** The namespaces that its runs may read. */
  mayRead: NamespaceSet;
  /** The newest run of the version. */
  lastRun: { id: string; status: RunStatus; createdAt: Date } | undefined;
}

interface SummaryRow {
  id: string;
  pipeline_id: string;
  has_config: boolean;
  test_names: string[];
  version: number;
  author: string | null;
  message: string | null;
  created_at: Date;
  content_hash: string;
  is_current: boolean;
  runs: number;
}

/**
 * A page of the versions of a pipeline, newest first; `total` is exact. Throws NotFoundError. The runs
 * are counted along the index of the pipeline's runs, whose number retention limits: an index by
 * version would cost every claim and every settlement.
 */
export async function listVersions(
  db: Database,
  { namespace, layer, name }: PipelineRef,
  page: { limit: number; offset: number },
): Promise<{ versions: VersionSummaryRow[]; total: number }> {
  const answer = await db.pool.query<{ total: number; versions: VersionJson[] }>({
    ...LIST_VERSIONS,
    values: [namespace, layer, name, page.limit, page.offset],
  });
  const row = answer.rows[0];
  if (row === undefined) throw new NotFoundError('pipeline not found');
  const versions = row.versions.map((one) =>
    toSummary({ ...one, created_at: new Date(one.created_at) }),
  );
  return { versions, total: row.total };
}

const FILE_COLUMNS = `v.id,
      v.pipeline_id,
      v.config <> '{}' AS has_config,
      jsonb_path_query_array(v.quality_tests, '$[*].name') AS test_names`;

/** A summary inside of JSON, where times are text. */
type VersionJson = Omit<SummaryRow, 'created_at'> & { created_at: string };

const LIST_VERSIONS = {
  name: 'list-pipeline-versions',
  text: `SELECT
      (SELECT count(*) FROM pipeline_versions v WHERE v.pipeline_id = p.id) AS total,
      (
        SELECT coalesce(jsonb_agg(to_jsonb(page) ORDER BY page.version DESC), '[]')
        FROM (
          SELECT
            ${FILE_COLUMNS},
            v.version,
            v.author,
            v.message,
            v.created_at,
            v.content_hash,
            v.version = p.current_version AS is_current,
            coalesce(counted.runs, 0) AS runs
          FROM pipeline_versions v
            LEFT JOIN (
              SELECT pipeline_version_id, count(*) AS runs
              FROM runs
              WHERE namespace = $1 AND layer = $2 AND pipeline = $3
              GROUP BY pipeline_version_id
            ) counted ON counted.pipeline_version_id = v.id
          WHERE v.pipeline_id = p.id
          ORDER BY v.version DESC
          LIMIT $4 OFFSET $5
        ) page
      ) AS versions
    FROM pipelines p
    WHERE p.namespace = $1 AND p.layer = $2 AND p.name = $3 AND p.deleted_at IS NULL`,
};

/** One version with its files, its runs counted; throws NotFoundError. */
export async function getVersion(
  db: { pool: Queryable },
  ref: PipelineRef,
  version: number,
): Promise<VersionRow> {
  const answer = await db.pool.query<
    SummaryRow & {
      sql: string;
      config: unknown;
      quality_tests: unknown;
      config_yaml: string | null;
      may_read: string[] | null;
      last_run: { id: string; status: RunStatus; created_at: string } | null;
    }
  >({ ...FIND_VERSION, values: [ref.namespace, ref.layer, ref.name, version] });
  const row = answer.rows[0];
  if (row === undefined) throw await noVersion(db, ref, version);
  return {
    ...toSummary(row),
    sql: row.sql,
    config: row.config,
    qualityTests: row.quality_tests,
    configYaml: row.config_yaml ?? undefined,
    mayRead: row.may_read ?? undefined,
    lastRun:
      row.last_run === null
        ? undefined
        : {
            id: row.last_run.id,
            status: row.last_run.status,
            createdAt: new Date(row.last_run.created_at),
          },
  };
}

/** The error for a version that does not exist. Throws the one for a missing pipeline. */
async function noVersion(
  db: { pool: Queryable },
  ref: PipelineRef,
  version: number,
): Promise<NotFoundError> {
  const pipeline = await getPipeline(db, ref);
  const newest = pipeline.version || (await findNewestVersion(db.pool, pipeline.id));
  if (newest === 0) return new NotFoundError(`version ${version} not found: ${notPublished(ref)}`);
  return new NotFoundError(
    `version ${version} not found: the pipeline has versions 1 to ${newest}`,
  );
}

const FIND_VERSION = {
  name: 'find-pipeline-version',
  text: `SELECT
      ${FILE_COLUMNS},
      v.version,
      v.author,
      v.message,
      v.created_at,
      v.content_hash,
      v.version = p.current_version AS is_current,
      v.sql,
      v.config,
      v.quality_tests,
      v.config_yaml,
      v.may_read,
      (
        SELECT count(*)
        FROM runs r
        WHERE r.namespace = $1
          AND r.layer = $2
          AND r.pipeline = $3
          AND r.pipeline_version_id = v.id
      ) AS runs,
      (
        SELECT jsonb_build_object('id', r.id, 'status', r.status, 'created_at', r.created_at)
        FROM runs r
        WHERE r.namespace = $1
          AND r.layer = $2
          AND r.pipeline = $3
          AND r.pipeline_version_id = v.id
        ORDER BY r.created_at DESC, r.id DESC
        LIMIT 1
      ) AS last_run
    FROM pipelines p JOIN pipeline_versions v ON v.pipeline_id = p.id
    WHERE p.namespace = $1
      AND p.layer = $2
      AND p.name = $3
      AND p.deleted_at IS NULL
      AND v.version = $4`,
};

/**
 * Makes the content of an earlier version the newest version. The content of the current version
 * changes nothing. It may read the namespaces that both its writer and who restores it may read. Throws
 * NotFoundError, PreconditionError, and the error of the guard.
 *
 * @example
 * const { result, pipeline } = await restoreVersion(db, ref, 3, { message: 'the old join was right' });
 * if (result === 'unchanged') return;
 */
export async function restoreVersion(
  db: Database,
  ref: PipelineRef,
  version: number,
  {
    precondition = {},
    idempotency,
    ...change
  }: VersionChange & { idempotency?: IdempotencyKey | undefined },
): Promise<PipelineWriteOnce> {
  const restore = async (client: Queryable) => {
    const pipeline = await lockPipeline(client, ref);
    if (pipeline?.current === undefined) throw new NotFoundError('pipeline not found');
    const old = await getVersion({ pool: client }, ref, version);
    await refuseUnless(client, pipeline, precondition);
    // The columns hold what a PUT stored, so the content has its shape.
    const { sql, config, qualityTests, configYaml, contentHash } = old as VersionRow & {
      config: object;
      qualityTests: unknown[];
    };
    const inputs = await findVersionInputs(client, old.id);
    const content = { sql, config, qualityTests, configYaml, contentHash, inputs };
    const { guard, ...note } = change;
    const mayRead = intersectNamespaces(old.mayRead, change.mayRead);
    return writeVersion(client, pipeline, content, { ...note, guard, mayRead });
  };
  return withTransaction(db.pool, (client) =>
    writeOnce(client, ref, idempotency, () => restore(client)),
  );
}

function toSummary(row: SummaryRow): VersionSummaryRow {
  return {
    id: row.id,
    pipelineId: row.pipeline_id,
    hasConfig: row.has_config,
    tests: row.test_names,
    version: row.version,
    author: row.author ?? undefined,
    message: row.message ?? undefined,
    createdAt: row.created_at,
    contentHash: row.content_hash,
    isCurrent: row.is_current,
    runs: row.runs,
  };
}
