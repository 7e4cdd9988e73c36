import { formatRef, parseRef, type Layer, type PipelineInput, type PipelineRef } from '@rat/domain';
import type { Queryable } from '../db/database.ts';

/** A version whose inputs are not listed yet, with the files that show them. */
export interface UnlistedVersion {
  versionId: string;
  pipeline: PipelineRef;
  sql: string;
  config: unknown;
  qualityTests: unknown;
  configYaml: string | undefined;
}

/** Stores the inputs of a version that the transaction has inserted as listed. */
export async function insertInputs(
  client: Queryable,
  versionId: string,
  inputs: readonly PipelineInput[],
): Promise<void> {
  if (inputs.length === 0) return;
  await client.query({ ...INSERT, values: [versionId, ...columnsOf(inputs)] });
}

const INSERT = {
  name: 'insert-pipeline-inputs',
  text: `INSERT INTO pipeline_inputs (version_id, kind, target)
    SELECT $1, kind, target FROM unnest($2::text[], $3::text[]) AS given (kind, target)
    ON CONFLICT DO NOTHING`,
};

function columnsOf(inputs: readonly PipelineInput[]): [string[], string[]] {
  return [inputs.map(({ kind }) => kind), inputs.map(({ target }) => target)];
}

/**
 * Stores the inputs of a version that has none yet. Two processes may list the same version at once:
 * both have rendered the same templates, so the second one changes nothing.
 *
 * @example
 * for (const one of await findUnlistedVersions(db, 100)) {
 *   await listVersionInputs(db, one.versionId, inputsOf(one));
 * }
 */
export async function listVersionInputs(
  db: { pool: Queryable },
  versionId: string,
  inputs: readonly PipelineInput[],
): Promise<void> {
  await db.pool.query({ ...LIST, values: [versionId, ...columnsOf(inputs)] });
}

/** One statement, so that a version is never marked without its rows. */
const LIST = {
  name: 'list-version-inputs',
  text: `WITH marked AS (
      UPDATE pipeline_versions SET inputs_listed = true WHERE id = $1 AND NOT inputs_listed
      RETURNING id
    )
    INSERT INTO pipeline_inputs (version_id, kind, target)
    SELECT marked.id, kind, target FROM marked, unnest($2::text[], $3::text[]) AS given (kind, target)
    ON CONFLICT DO NOTHING`,
};

/** The listed inputs of a version; undefined while they are not listed. */
export async function findVersionInputs(
  client: Queryable,
  versionId: string,
): Promise<PipelineInput[] | undefined> {
  const answer = await client.query<{ inputs: PipelineInput[] }>({
    ...FIND,
    values: [versionId],
  });
  return answer.rows[0]?.inputs;
}

const FIND = {
  name: 'find-version-inputs',
  text: `SELECT (
        SELECT coalesce(jsonb_agg(jsonb_build_object('kind', i.kind, 'target', i.target)), '[]')
        FROM pipeline_inputs i WHERE i.version_id = v.id
      ) AS inputs
    FROM pipeline_versions v WHERE v.id = $1 AND v.inputs_listed`,
};

/** Current versions of pipelines that are not listed yet, at most `limit`. */
export async function findUnlistedVersions(
  db: { pool: Queryable },
  limit: number,
): Promise<UnlistedVersion[]> {
  const answer = await db.pool.query<VersionFiles>({ ...FIND_UNLISTED, values: [limit] });
  return answer.rows.map(toUnlisted);
}

const FILES = `v.id AS version_id, p.namespace, p.layer, p.name, v.sql, v.config, v.quality_tests, v.config_yaml`;

const FIND_UNLISTED = {
  name: 'find-unlisted-versions',
  text: `SELECT ${FILES}
    FROM pipeline_versions v JOIN pipelines p ON p.id = v.pipeline_id AND p.current_version = v.version
    WHERE NOT v.inputs_listed AND p.deleted_at IS NULL LIMIT $1`,
};

interface VersionFiles {
  version_id: string;
  namespace: string;
  layer: Layer;
  name: string;
  sql: string;
  config: unknown;
  quality_tests: unknown;
  config_yaml: string | null;
}

function toUnlisted(row: VersionFiles): UnlistedVersion {
  const { namespace, layer, name } = row;
  return {
    versionId: row.version_id,
    pipeline: { namespace, layer, name },
    sql: row.sql,
    config: row.config,
    qualityTests: row.quality_tests,
    configYaml: row.config_yaml ?? undefined,
  };
}

/**
 * The tables that the SQL of pipelines reads, by `namespace.layer.name` of the pipeline, and those of
 * their versions that are not listed yet. A pipeline that does not exist, is deleted or has no version
 * is in neither.
 *
 * @example
 * const { refs, unlisted } = await findDeclaredRefs(db, [{ namespace: 'shop', layer: 'silver', name: 'orders' }]);
 * refs.get('shop.silver.orders');
 */
export async function findDeclaredRefs(
  db: { pool: Queryable },
  pipelines: readonly PipelineRef[],
): Promise<{ refs: Map<string, PipelineRef[]>; unlisted: UnlistedVersion[] }> {
  if (pipelines.length === 0) return { refs: new Map(), unlisted: [] };
  const answer = await db.pool.query<
    VersionFiles & { inputs_listed: boolean; targets: string[] | null }
  >({
    ...FIND_DECLARED,
    values: [
      pipelines.map((one) => one.namespace),
      pipelines.map((one) => one.layer),
      pipelines.map((one) => one.name),
    ],
  });
  const listed = answer.rows.filter((row) => row.inputs_listed);
  return {
    refs: new Map(
      listed.map(({ namespace, layer, name, targets }) => [
        formatRef({ namespace, layer, name }),
        (targets ?? []).flatMap((target) => parseRef(target, namespace) ?? []),
      ]),
    ),
    unlisted: answer.rows.filter((row) => !row.inputs_listed).map(toUnlisted),
  };
}

/** The files only of versions that are not listed: they are large. */
const FIND_DECLARED = {
  name: 'find-declared-refs',
  text: `SELECT
      v.id AS version_id,
      p.namespace,
      p.layer,
      p.name,
      v.inputs_listed,
      CASE WHEN NOT v.inputs_listed THEN v.sql END AS sql,
      CASE WHEN NOT v.inputs_listed THEN v.config END AS config,
      CASE WHEN NOT v.inputs_listed THEN v.quality_tests END AS quality_tests,
      CASE WHEN NOT v.inputs_listed THEN v.config_yaml END AS config_yaml,
      (
        SELECT array_agg(i.target) FROM pipeline_inputs i
        WHERE i.version_id = v.id AND i.kind = 'ref'
      ) AS targets
    FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (namespace, layer, name)
      JOIN pipelines p USING (namespace, layer, name)
      JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.current_version
    WHERE p.deleted_at IS NULL`,
};
