import { randomUUID } from 'node:crypto';
import type { NamespaceSet, PipelineRef } from '@rat/domain';
import type { Queryable } from '../db/database.ts';
import { storableJson, storableText } from '../db/storable.ts';

/** The content of a draft as its author left it. It may have any mistake. */
export interface DraftContent {
  sql: string;
  config: unknown;
  qualityTests: unknown;
  /** `config.yaml` as its author wrote it; it wins over `config`. */
  configYaml?: string | undefined;
}

/** A stored draft. */
export interface DraftRow extends DraftContent {
  /** New at every write. */
  revision: string;
  /** The pipeline's version that the draft was begun from. 0: there was no pipeline. */
  baseVersion: number;
  /** The namespaces that everybody who wrote a part of it may read. */
  mayRead: NamespaceSet;
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
  config_yaml: string | null;
  config_yaml_revision: string | null;
  may_read: string[] | null;
  created_at: Date;
  updated_at: Date;
}

const COLUMNS = `revision, base_version, sql, config, quality_tests, author, message,
  config_yaml, config_yaml_revision, may_read, created_at, updated_at`;

/** The draft of a pipeline; undefined without one. */
export async function findDraft(
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

/** Deletes the draft of a pipeline, if it has one. */
export async function removeDraft(
  client: Queryable,
  { namespace, layer, name }: PipelineRef,
): Promise<void> {
  await client.query(
    'DELETE FROM pipeline_drafts WHERE namespace = $1 AND layer = $2 AND name = $3',
    [namespace, layer, name],
  );
}

/**
 * Replaces the content of a locked draft, and the namespaces that it may read. `base_version`, `author` and `message` change only where they
 * are given; a null author or message is removed.
 */
export async function updateDraft(
  client: Queryable,
  { namespace, layer, name }: PipelineRef,
  content: DraftContent,
  { baseVersion, mayRead }: { baseVersion?: number | undefined; mayRead: NamespaceSet },
  note?: { author?: string | undefined; message?: string | undefined },
): Promise<DraftRow> {
  const stored = await client.query<StoredDraft>(
    `UPDATE pipeline_drafts SET
       revision = $4,
       base_version = coalesce($5, base_version),
       sql = $6,
       config = $7,
       quality_tests = $8,
       author = CASE WHEN $9 THEN $10 ELSE author END,
       message = CASE WHEN $9 THEN $11 ELSE message END,
       config_yaml = $12,
       config_yaml_revision = $4,
       may_read = $13,
       updated_at = now()
     WHERE namespace = $1 AND layer = $2 AND name = $3
     RETURNING ${COLUMNS}`,
    [
      namespace,
      layer,
      name,
      randomUUID(),
      baseVersion ?? null,
      storableText(content.sql),
      storableJson(content.config),
      storableJson(content.qualityTests),
      note !== undefined,
      note?.author ?? null,
      note?.message ?? null,
      content.configYaml === undefined ? null : storableText(content.configYaml),
      mayRead ?? null,
    ],
  );
  const row = stored.rows[0];
  if (row === undefined) throw new Error('a locked draft was not updated');
  return toDraft(row);
}

/**
 * Locks the draft and returns it as it was before this request. Without one, an empty draft is begun
 * from `baseVersion`; of two requests that begin it at once, the second one waits and finds it.
 */
export async function lockOrBeginDraft(
  client: Queryable,
  { namespace, layer, name }: PipelineRef,
  baseVersion: number,
): Promise<{ isNew: boolean; draft: DraftRow }> {
  const locked = await client.query<StoredDraft & { is_new: boolean }>(
    `INSERT INTO pipeline_drafts (
       namespace, layer, name, revision, base_version, sql, config, quality_tests
     )
     VALUES ($1, $2, $3, $4, $5, '', '{}', '[]')
     ON CONFLICT (namespace, layer, name)
     DO UPDATE SET base_version = pipeline_drafts.base_version
     RETURNING ${COLUMNS}, xmax = 0 AS is_new`,
    [namespace, layer, name, randomUUID(), baseVersion],
  );
  const row = locked.rows[0];
  if (row === undefined) throw new Error('an upsert returned no row');
  return { isNew: row.is_new, draft: toDraft(row) };
}

function toDraft(row: StoredDraft): DraftRow {
  return {
    revision: row.revision,
    baseVersion: row.base_version,
    sql: row.sql,
    config: row.config,
    qualityTests: row.quality_tests,
    // An older process that changed the settings left the text behind.
    configYaml:
      row.config_yaml_revision === row.revision ? (row.config_yaml ?? undefined) : undefined,
    mayRead: row.may_read ?? undefined,
    author: row.author ?? undefined,
    message: row.message ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
