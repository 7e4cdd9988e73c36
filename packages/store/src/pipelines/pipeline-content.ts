import { NotFoundError, type Layer, type PipelineRef } from '@rat/domain';
import type { Database } from '../db/database.ts';
import { findDraft, type DraftContent } from './draft-row.ts';
import { getPipeline } from './pipelines.ts';

/** What an editor of a pipeline shows: its draft, or its current version while there is no draft. */
export interface EditedContent extends DraftContent {
  at: Date;
  state:
    | { kind: 'draft'; revision: string }
    | { kind: 'version'; version: number; contentHash: string };
}

/** What an editor of the pipeline shows; undefined when there is neither a draft nor a pipeline. */
export async function findEditedContent(
  db: Database,
  ref: PipelineRef,
): Promise<EditedContent | undefined> {
  // The draft first: a publish in between removes it, and then the version is read as published.
  const draft = await findDraft(db.pool, ref);
  if (draft !== undefined) {
    const { sql, config, qualityTests, configYaml, updatedAt: at, revision } = draft;
    return { sql, config, qualityTests, configYaml, at, state: { kind: 'draft', revision } };
  }
  try {
    const row = await getPipeline(db, ref);
    const { sql, config, qualityTests, configYaml, version, contentHash } = row;
    const at = row.published?.at ?? row.createdAt;
    const state = { kind: 'version', version, contentHash } as const;
    return { sql, config, qualityTests, configYaml, at, state };
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    return undefined;
  }
}

/** The content of one pipeline in a list. */
export interface ListedContent extends DraftContent {
  ref: PipelineRef;
  at: Date;
}

/** The pipelines of a list; undefined means any. */
export interface ContentScope {
  namespace?: string | undefined;
  layer?: Layer | undefined;
  name?: string | undefined;
}

/** Limits what is in memory at once: each row holds all files of a pipeline. */
const BATCH = 50;

/**
 * What an editor shows of every pipeline in the scope, by address, read in batches. A draft whose
 * pipeline does not exist yet is among them.
 *
 * @example
 * for await (const { ref, sql } of listEditedContent(db, { namespace: 'shop' })) …
 */
export async function* listEditedContent(
  db: Database,
  { namespace, layer, name }: ContentScope,
): AsyncGenerator<ListedContent> {
  let after: PipelineRef | undefined;
  for (;;) {
    const answer = await db.pool.query<ContentRow>({
      ...LIST_CONTENT,
      values: [
        namespace ?? null,
        layer ?? null,
        name ?? null,
        after?.namespace ?? '',
        after?.layer ?? '',
        after?.name ?? '',
        BATCH,
      ],
    });
    for (const row of answer.rows) {
      after = { namespace: row.namespace, layer: row.layer, name: row.name };
      yield {
        ref: after,
        sql: row.sql,
        config: row.config,
        qualityTests: row.quality_tests,
        configYaml: row.config_yaml ?? undefined,
        at: row.at,
      };
    }
    if (answer.rows.length < BATCH) return;
  }
}

interface ContentRow {
  namespace: string;
  layer: Layer;
  name: string;
  sql: string;
  config: unknown;
  quality_tests: unknown;
  config_yaml: string | null;
  at: Date;
}

/** The keys of both sides come first, so that only the files of one batch are read. */
const LIST_CONTENT = {
  name: 'list-edited-content',
  text: `WITH page AS (
      SELECT namespace, layer, name FROM pipelines WHERE deleted_at IS NULL AND current_version > 0
      UNION
      SELECT namespace, layer, name FROM pipeline_drafts
    )
    SELECT
      k.namespace,
      k.layer,
      k.name,
      CASE WHEN d.revision IS NULL THEN v.sql ELSE d.sql END AS sql,
      CASE WHEN d.revision IS NULL THEN v.config ELSE d.config END AS config,
      CASE WHEN d.revision IS NULL THEN v.quality_tests ELSE d.quality_tests END AS quality_tests,
      CASE
        WHEN d.revision IS NULL THEN v.config_yaml
        WHEN d.config_yaml_revision = d.revision THEN d.config_yaml
      END AS config_yaml,
      CASE WHEN d.revision IS NULL THEN v.created_at ELSE d.updated_at END AS at
    FROM (
        SELECT * FROM page
        WHERE ($1::text IS NULL OR namespace = $1)
          AND ($2::text IS NULL OR layer = $2)
          AND ($3::text IS NULL OR name = $3)
          AND (namespace, layer, name) > ($4, $5, $6)
        ORDER BY namespace, layer, name
        LIMIT $7
      ) k
      LEFT JOIN pipeline_drafts d USING (namespace, layer, name)
      LEFT JOIN pipelines p USING (namespace, layer, name)
      LEFT JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.current_version
    ORDER BY k.namespace, k.layer, k.name`,
};
