import {
  includesNamespaces,
  type NamespaceSet,
  type PipelineInput,
  type PipelineRef,
  type Precondition,
} from '@rat/domain';
import { holdNamespace } from '../namespaces/namespaces.ts';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import { lockOrCreatePipeline, refuseUnless, type LockedPipeline } from './lock-pipeline.ts';
import { lockRefs, type RefsGuard } from './lock-refs.ts';
import { getPipeline, type PipelineRow } from './pipelines.ts';
import { insertInputs } from './version-inputs.ts';

/** The content of a version. The hash covers all of it but the inputs, which follow from the rest. */
export interface PipelineContent {
  sql: string;
  config: {
    description?: string | undefined;
    concurrency?: object | undefined;
    pool?: string | undefined;
  };
  qualityTests: readonly unknown[];
  /** `config.yaml` as its author wrote it; undefined when the settings came as JSON. */
  configYaml?: string | undefined;
  contentHash: string;
  /** What the version reads; undefined: not known, so it is listed later. */
  inputs?: readonly PipelineInput[] | undefined;
}

/** The author of a version and the reason for it, as the client states them. */
export interface VersionNote {
  author?: string | undefined;
  message?: string | undefined;
}

/** What a write carries besides the content. */
export interface Writing extends VersionNote {
  /** The namespaces that whoever writes it may read. */
  mayRead?: NamespaceSet;
}

/** What a write of a version carries besides the content. */
export interface VersionChange extends Writing {
  precondition?: Precondition;
  /** Decides about the refs of a new version in the transaction that writes it. */
  guard?: RefsGuard | undefined;
}

/** What a write of a pipeline changed, and the pipeline as the write left it. */
export interface PipelineWrite {
  /** `created`: the pipeline had no published version before. */
  result: 'created' | 'updated' | 'unchanged';
  pipeline: PipelineRow;
}

/**
 * Creates the pipeline, or a new version of it. Content equal to the current version changes
 * nothing. A deleted pipeline is restored with its history. The precondition is decided under the
 * lock of the pipeline's row: of two writers with the same one, one is refused. Throws NotFoundError
 * for an unknown namespace, PreconditionError, and the error of the guard.
 *
 * @example
 * const content = { sql, config, qualityTests, contentHash };
 * const { result } = await putPipeline(db, ref, content, { author, message });
 * if (result === 'unchanged') return;
 */
export async function putPipeline(
  db: Database,
  ref: PipelineRef,
  content: PipelineContent,
  { precondition = {}, ...change }: VersionChange = {},
): Promise<PipelineWrite> {
  return withTransaction(db.pool, async (client) => {
    await holdNamespace(client, ref.namespace);
    const pipeline = await lockOrCreatePipeline(client, ref);
    await refuseUnless(client, pipeline, precondition);
    const { guard, mayRead, ...note } = change;
    const result = await writeVersion(client, pipeline, content, { ...note, guard, mayRead });
    return { result, pipeline: await getPipeline({ pool: client }, ref) };
  });
}

/**
 * Makes the content the current version of a locked pipeline, unless it is that already. Every writer
 * of versions says whether refs are guarded: without a guard, writes at once can store a cycle. `mayRead` are
 * the namespaces that its runs may read. The same content that may read more makes a version too.
 */
export async function writeVersion(
  client: Queryable,
  pipeline: LockedPipeline,
  content: PipelineContent,
  {
    author,
    message,
    guard,
    mayRead,
  }: VersionNote & { guard: RefsGuard | undefined; mayRead: NamespaceSet },
): Promise<PipelineWrite['result']> {
  const isSameContent = pipeline.contentHash === content.contentHash;
  // Who brings a deleted pipeline back answers for what it reads.
  const isAsWide = !pipeline.isDeleted || includesNamespaces(mayRead, pipeline.mayRead);
  const same = isSameContent && isAsWide && includesNamespaces(pipeline.mayRead, mayRead);
  if (same && !pipeline.isDeleted) return 'unchanged';
  if (guard !== undefined) {
    await lockRefs(client);
    await guard({ pool: client });
  }
  const version = same ? pipeline.version : pipeline.version + 1;
  if (!same) {
    const stored = await client.query<{ id: string }>(
      `INSERT INTO pipeline_versions (
         id, pipeline_id, version, sql, config, quality_tests, content_hash, author, message,
         config_yaml, inputs_listed, may_read
       )
       VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
       RETURNING id`,
      [
        pipeline.id,
        version,
        content.sql,
        JSON.stringify(content.config),
        JSON.stringify(content.qualityTests),
        content.contentHash,
        author ?? null,
        message ?? null,
        content.configYaml ?? null,
        content.inputs !== undefined,
        mayRead ?? null,
      ],
    );
    const [row] = stored.rows;
    const inputs = (content.inputs ?? []).filter(({ target }) =>
      includesNamespaces(mayRead, [namespaceOf(target)]),
    );
    if (row !== undefined) await insertInputs(client, row.id, inputs);
  }
  await client.query(
    `UPDATE pipelines
     SET current_version = $2, description = $3, updated_at = now(), deleted_at = NULL
     WHERE id = $1`,
    [pipeline.id, version, content.config.description ?? null],
  );
  return (pipeline.current?.version ?? 0) === 0 ? 'created' : 'updated';
}

/** The namespace of a table `namespace.layer.name`, or of a landing zone `namespace/zone`. */
function namespaceOf(target: string): string {
  return target.split(/[./]/, 1).join('');
}
