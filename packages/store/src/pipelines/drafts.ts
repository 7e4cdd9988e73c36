import { randomUUID } from 'node:crypto';
import {
  ConflictError,
  draftTag,
  InputError,
  NotFoundError,
  type ContentSide,
  type PipelineRef,
  type Precondition,
} from '@rat/domain';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import { holdNamespace } from '../namespaces/namespaces.ts';
import { storableJson, storableText } from '../db/storable.ts';
import {
  lockOrCreatePipeline,
  lockPipeline,
  refuseMovedBase,
  refuseUnless,
} from './lock-pipeline.ts';
import { getPipeline } from './pipelines.ts';
import {
  writeVersion,
  type PipelineContent,
  type PipelineWrite,
  type VersionChange,
  type VersionNote,
} from './put-pipeline.ts';

/** The content of a draft as its author left it. It may have any mistake. */
export interface DraftContent {
  sql: string;
  config: unknown;
  qualityTests: unknown;
}

/** A stored draft. */
export interface DraftRow extends DraftContent {
  /** New at every write. */
  revision: string;
  /** The pipeline's version that the draft was begun from. 0: there was no pipeline. */
  baseVersion: number;
  author: string | undefined;
  message: string | undefined;
  createdAt: Date;
  updatedAt: Date;
}

interface StoredDraft {
  revision: string;
  base_version: number;
  sql: string;
  config: unknown;
  quality_tests: unknown;
  author: string | null;
  message: string | null;
  created_at: Date;
  updated_at: Date;
}

const COLUMNS = `revision, base_version, sql, config, quality_tests, author, message, created_at,
  updated_at`;

/** The draft of a pipeline; throws NotFoundError. */
export async function getDraft(db: Database, ref: PipelineRef): Promise<DraftRow> {
  const draft = await findDraft(db.pool, ref);
  if (draft === undefined) throw noDraft();
  return draft;
}

/**
 * Stores the draft of a pipeline, which need not exist yet. Without `baseVersion`, a new draft begins
 * from the current version, and an existing draft keeps its base. The precondition is about the
 * draft, or about the pipeline while there is no draft. Throws NotFoundError for an unknown namespace,
 * InputError for a version that does not exist, and PreconditionError.
 *
 * @example
 * const draft = await putDraft(db, ref, { sql, config, qualityTests }, { author });
 */
export async function putDraft(
  db: Database,
  ref: PipelineRef,
  content: DraftContent,
  change: VersionNote & {
    baseVersion?: number | undefined;
    precondition?: Precondition | undefined;
  } = {},
): Promise<{ isNew: boolean; draft: DraftRow }> {
  const { precondition = {}, author, message } = change;
  return withTransaction(db.pool, async (client) => {
    await holdNamespace(client, ref.namespace);
    // Every writer locks the pipeline before the draft, so no two of them wait for each other.
    const pipeline = await lockPipeline(client, ref);
    const currentVersion = pipeline?.current?.version ?? 0;
    const { baseVersion } = change;
    if (baseVersion !== undefined && baseVersion > currentVersion) {
      const issue = `must be a version of the pipeline: 0 to ${currentVersion}`;
      throw new InputError(`base_version: ${issue}`, [{ path: 'base_version', message: issue }]);
    }
    // The upsert locks the row, also when two requests begin the draft at once, and returns it as it
    // was before this request.
    const locked = await client.query<StoredDraft & { is_new: boolean }>(
      `INSERT INTO pipeline_drafts (
         namespace, layer, name, revision, base_version, sql, config, quality_tests
       )
       VALUES ($1, $2, $3, $4, $5, '', '{}', '[]')
       ON CONFLICT (namespace, layer, name)
       DO UPDATE SET base_version = pipeline_drafts.base_version
       RETURNING ${COLUMNS}, xmax = 0 AS is_new`,
      [ref.namespace, ref.layer, ref.name, randomUUID(), baseVersion ?? currentVersion],
    );
    const earlier = locked.rows[0];
    if (earlier === undefined) throw new Error('an upsert returned no row');
    const isNew = earlier.is_new;
    if (isNew) {
      // `If-None-Match: *` is about the draft, and there was none.
      await refuseUnless(client, pipeline, { match: precondition.match });
    } else {
      await refuseUnless(client, undefined, precondition, toSide(toDraft(earlier)));
    }
    const stored = await client.query<StoredDraft>(
      `UPDATE pipeline_drafts SET
         revision = $4,
         base_version = coalesce($5, base_version),
         sql = $6,
         config = $7,
         quality_tests = $8,
         author = $9,
         message = $10,
         updated_at = now()
       WHERE namespace = $1 AND layer = $2 AND name = $3
       RETURNING ${COLUMNS}`,
      [
        ref.namespace,
        ref.layer,
        ref.name,
        randomUUID(),
        baseVersion ?? null,
        storableText(content.sql),
        storableJson(content.config),
        storableJson(content.qualityTests),
        author ?? null,
        message ?? null,
      ],
    );
    const row = stored.rows[0];
    if (row === undefined) throw new Error('a locked draft was not updated');
    return { isNew, draft: toDraft(row) };
  });
}

/** Deletes the draft of a pipeline. Throws NotFoundError, and PreconditionError. */
export async function deleteDraft(
  db: Database,
  ref: PipelineRef,
  precondition: Precondition = {},
): Promise<void> {
  await withTransaction(db.pool, async (client) => {
    const draft = await findDraft(client, ref, 'FOR UPDATE');
    if (draft === undefined) throw noDraft();
    await refuseUnless(client, undefined, precondition, toSide(draft));
    await removeDraft(client, ref);
  });
}

/**
 * Makes a draft the newest version of its pipeline and removes the draft, in one transaction.
 * `content` is the validated content of the draft's `revision`. A precondition may name the draft or
 * the pipeline. Throws NotFoundError without a draft, ConflictError when the draft has another
 * revision, and PreconditionError, also when the pipeline is no longer at the draft's base; and the
 * error of the guard.
 */
export async function publishDraft(
  db: Database,
  ref: PipelineRef,
  { revision, content }: { revision: string; content: PipelineContent },
  { precondition = {}, ...change }: VersionChange,
): Promise<PipelineWrite> {
  return withTransaction(db.pool, async (client) => {
    await holdNamespace(client, ref.namespace);
    const pipeline = await lockOrCreatePipeline(client, ref);
    const draft = await findDraft(client, ref, 'FOR UPDATE');
    if (draft === undefined) throw noDraft();
    await refuseUnless(client, pipeline, precondition, toSide(draft));
    await refuseMovedBase(client, pipeline, draft.baseVersion);
    if (draft.revision !== revision) {
      throw new ConflictError('the draft was changed while it was published; publish it again');
    }
    const result = await writeVersion(client, pipeline, content, {
      author: change.author ?? draft.author,
      message: change.message ?? draft.message,
      guard: change.guard,
    });
    await removeDraft(client, ref);
    return { result, pipeline: await getPipeline({ pool: client }, ref) };
  });
}

function noDraft(): NotFoundError {
  return new NotFoundError('the pipeline has no draft');
}

async function findDraft(
  client: Queryable,
  { namespace, layer, name }: PipelineRef,
  lock: '' | 'FOR UPDATE' = '',
): Promise<DraftRow | undefined> {
  const answer = await client.query<StoredDraft>(
    `SELECT ${COLUMNS} FROM pipeline_drafts
     WHERE namespace = $1 AND layer = $2 AND name = $3 ${lock}`,
    [namespace, layer, name],
  );
  const row = answer.rows[0];
  return row && toDraft(row);
}

async function removeDraft(
  client: Queryable,
  { namespace, layer, name }: PipelineRef,
): Promise<void> {
  await client.query(
    'DELETE FROM pipeline_drafts WHERE namespace = $1 AND layer = $2 AND name = $3',
    [namespace, layer, name],
  );
}

function toSide({ revision, baseVersion, author, message, updatedAt }: DraftRow): ContentSide {
  return {
    kind: 'draft',
    etag: draftTag(revision),
    version: baseVersion,
    author,
    message,
    at: updatedAt,
  };
}

function toDraft(row: StoredDraft): DraftRow {
  return {
    revision: row.revision,
    baseVersion: row.base_version,
    sql: row.sql,
    config: row.config,
    qualityTests: row.quality_tests,
    author: row.author ?? undefined,
    message: row.message ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
