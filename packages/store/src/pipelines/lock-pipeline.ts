import {
  holdsPrecondition,
  parseVersionTag,
  PreconditionError,
  versionTag,
  type ContentSide,
  type NamespaceSet,
  type PipelineRef,
  type Precondition,
} from '@rat/domain';
import type { Queryable } from '../db/database.ts';

/** A pipeline whose row the transaction has locked. */
export interface LockedPipeline {
  id: string;
  /** The newest version, also of a deleted or an unpublished pipeline; 0 when it never had one. */
  version: number;
  isDeleted: boolean;
  contentHash: string | undefined;
  /** The namespaces that the current version may read. Without one it is not of interest. */
  mayRead: NamespaceSet;
  /**
   * The current version as the side of a conflict; version 0 while none is published. Undefined when the
   * pipeline does not exist.
   */
  current: ContentSide | undefined;
}

interface LockedRow {
  id: string;
  current_version: number;
  created_at: Date;
  deleted: boolean;
}

/**
 * Locks the pipeline's row until the transaction ends, so that all writes of one pipeline happen one
 * after the other. Undefined when it never existed; a deleted pipeline has its row still.
 */
export async function lockPipeline(
  client: Queryable,
  { namespace, layer, name }: PipelineRef,
): Promise<LockedPipeline | undefined> {
  const answer = await client.query<LockedRow>(
    `SELECT id, current_version, created_at, deleted_at IS NOT NULL AS deleted
     FROM pipelines
     WHERE namespace = $1 AND layer = $2 AND name = $3
     FOR NO KEY UPDATE`,
    [namespace, layer, name],
  );
  const row = answer.rows[0];
  return row && describeLocked(client, row);
}

/**
 * Like `lockPipeline`, and creates the row when there is none. Two requests that create the same
 * pipeline at once number its versions one after the other.
 */
export async function lockOrCreatePipeline(
  client: Queryable,
  { namespace, layer, name }: PipelineRef,
): Promise<LockedPipeline> {
  const answer = await client.query<LockedRow & { is_new: boolean }>(
    `INSERT INTO pipelines (id, namespace, layer, name, current_version)
     VALUES (gen_random_uuid(), $1, $2, $3, 0)
     ON CONFLICT (namespace, layer, name) DO UPDATE SET name = excluded.name
     RETURNING
       id,
       current_version,
       created_at,
       deleted_at IS NOT NULL AS deleted,
       xmax = 0 AS is_new`,
    [namespace, layer, name],
  );
  const row = answer.rows[0];
  if (row === undefined) throw new Error('an upsert returned no row');
  const locked = await describeLocked(client, row);
  // The row is part of this request: before it there was no pipeline.
  return row.is_new ? { ...locked, current: undefined } : locked;
}

/** A second statement, because the lock may have waited: only a later one sees what was committed. */
async function describeLocked(client: Queryable, row: LockedRow): Promise<LockedPipeline> {
  const found = await findSide(client, row.id, row.current_version);
  return {
    id: row.id,
    version: row.current_version || (await findNewestVersion(client, row.id)),
    isDeleted: row.deleted,
    contentHash: found?.side.contentHash,
    mayRead: found?.mayRead,
    current: row.deleted ? undefined : (found?.side ?? unpublishedSide(row)),
  };
}

/** The newest version of a pipeline that has no current one; 0 when it never had a version. */
export async function findNewestVersion(client: Queryable, pipelineId: string): Promise<number> {
  const answer = await client.query<{ newest: number | null }>(
    'SELECT max(version) AS newest FROM pipeline_versions WHERE pipeline_id = $1',
    [pipelineId],
  );
  return answer.rows[0]?.newest ?? 0;
}

function unpublishedSide({ created_at: at }: LockedRow): ContentSide {
  return { kind: 'version', etag: versionTag(0, ''), version: 0, at };
}

async function findSide(
  client: Queryable,
  pipelineId: string,
  version: number,
): Promise<{ side: ContentSide; mayRead: NamespaceSet } | undefined> {
  const answer = await client.query<{
    content_hash: string;
    may_read: string[] | null;
    author: string | null;
    message: string | null;
    created_at: Date;
  }>(
    `SELECT content_hash, author, message, created_at, may_read
     FROM pipeline_versions
     WHERE pipeline_id = $1 AND version = $2`,
    [pipelineId, version],
  );
  const row = answer.rows[0];
  if (row === undefined) return undefined;
  const side: ContentSide = {
    kind: 'version',
    etag: versionTag(version, row.content_hash),
    version,
    contentHash: row.content_hash,
    author: row.author ?? undefined,
    message: row.message ?? undefined,
    at: row.created_at,
  };
  return { side, mayRead: row.may_read ?? undefined };
}

/**
 * Throws PreconditionError with both sides when the locked pipeline does not meet the precondition.
 * `draft` is the other thing that the request may name: a match of one is enough.
 */
export async function refuseUnless(
  client: Queryable,
  pipeline: LockedPipeline | undefined,
  precondition: Precondition,
  draft?: ContentSide,
): Promise<void> {
  const sides = [pipeline?.current, draft].filter((side) => side !== undefined);
  const tags = sides.map((side) => side.etag);
  if (holdsPrecondition(precondition, tags)) return;
  const current = draft ?? pipeline?.current;
  const yours = await findYours(client, pipeline, precondition);
  throw new PreconditionError(describe(precondition, yours, current), { yours, current });
}

/**
 * Throws PreconditionError when the pipeline is no longer at the version that a draft was begun from.
 */
export async function refuseMovedBase(
  client: Queryable,
  pipeline: LockedPipeline | undefined,
  baseVersion: number,
): Promise<void> {
  const current = pipeline?.current;
  if ((current?.version ?? 0) === baseVersion) return;
  const yours = pipeline && (await findSide(client, pipeline.id, baseVersion))?.side;
  const now = current === undefined ? 'the pipeline does not exist' : describeSide(current);
  throw new PreconditionError(
    `the draft was begun from version ${baseVersion}, but now ${now}: take over its changes and store the draft with that base_version`,
    { yours, current },
  );
}

/** The version that the client had read; undefined when its tags name no version of the pipeline. */
async function findYours(
  client: Queryable,
  pipeline: LockedPipeline | undefined,
  { match }: Precondition,
): Promise<ContentSide | undefined> {
  if (pipeline === undefined || match === undefined || match === 'any') return undefined;
  const [tag, version] =
    match
      .map((tag) => [tag, parseVersionTag(tag)] as const)
      .find(([, version]) => version !== undefined) ?? [];
  if (version === undefined) return undefined;
  const side = (await findSide(client, pipeline.id, version))?.side;
  return side?.etag === tag ? side : undefined;
}

function describe(
  { isAbsent = false }: Precondition,
  yours: ContentSide | undefined,
  current: ContentSide | undefined,
): string {
  if (current === undefined) return 'the pipeline does not exist, so nothing matches If-Match';
  const now = describeSide(current);
  if (isAbsent) return `If-None-Match: * creates only, but ${now}`;
  if (yours === undefined) return `the tag of If-Match is not the current one: ${now}`;
  return `the request is based on version ${yours.version}, but ${now}`;
}

function describeSide({ kind, version, author }: ContentSide): string {
  const by = author === undefined ? '' : ` by ${author}`;
  if (kind === 'version' && version === 0)
    return 'the pipeline exists, without a published version';
  return kind === 'draft' ? `there is a draft${by}` : `the current version is ${version}${by}`;
}
