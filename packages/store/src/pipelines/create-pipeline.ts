import {
  ConflictError,
  formatRef,
  intersectNamespaces,
  type NamespaceSet,
  type PipelineRef,
} from '@rat/domain';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import { holdNamespace } from '../namespaces/namespaces.ts';
import { bindPipelineKey, takePipelineKey, type IdempotencyKey } from '../db/idempotency.ts';
import { lockOrBeginDraft, updateDraft, type DraftContent } from './draft-row.ts';
import { lockOrCreatePipeline } from './lock-pipeline.ts';

/** A pipeline that is not published yet. */
export interface NewPipeline {
  /** The content of its draft; `sql` is empty while there is none. */
  draft: DraftContent & { config: object };
  description?: string | undefined;
  owner?: string | undefined;
  /** The namespaces that whoever makes it may read. */
  mayRead?: NamespaceSet;
}

/**
 * Makes a pipeline without a version: its content is a draft, which a publish makes version 1. A draft
 * that preceded the pipeline becomes its draft, unless the request has SQL of its own. A deleted
 * pipeline comes back with its versions, of which none is published. Throws ConflictError when the
 * pipeline exists or the draft is in the way, and NotFoundError for an unknown namespace. Returns
 * whether an earlier request with the same idempotency key made it.
 *
 * @example
 * const draft = { sql: 'SELECT 1 AS n', config: {}, qualityTests: [] };
 * const { isReplayed } = await createPipeline(db, ref, { draft, owner: 'ada' });
 */
export async function createPipeline(
  db: Database,
  ref: PipelineRef,
  { draft, description, owner, mayRead }: NewPipeline,
  idempotency?: IdempotencyKey,
): Promise<{ isReplayed: boolean }> {
  return withTransaction(db.pool, async (client) => {
    // The key before the pipeline: a second request with this key must not find the name taken.
    if (idempotency && (await takePipelineKey(client, idempotency))) return { isReplayed: true };
    await holdNamespace(client, ref.namespace);
    const pipeline = await lockOrCreatePipeline(client, ref);
    if (pipeline.current !== undefined) {
      throw new ConflictError(`pipeline ${formatRef(ref)} exists already`);
    }
    await client.query(
      `UPDATE pipelines
       SET current_version = 0, description = $2, owner = $3, updated_at = now(), deleted_at = NULL
       WHERE id = $1`,
      [pipeline.id, description ?? null, owner ?? null],
    );
    await beginDraft(client, ref, draft, { author: owner, mayRead });
    if (idempotency) await bindPipelineKey(client, idempotency, pipeline.id);
    return { isReplayed: false };
  });
}

/** Settings of a draft that preceded the pipeline win over those of the request. */
async function beginDraft(
  client: Queryable,
  ref: PipelineRef,
  given: DraftContent & { config: object },
  { author, mayRead }: { author: string | undefined; mayRead: NamespaceSet },
): Promise<void> {
  const { isNew, draft } = await lockOrBeginDraft(client, ref, 0);
  if (isNew) {
    await updateDraft(client, ref, given, { mayRead }, { author });
    return;
  }
  if (given.sql !== '') {
    const by = draft.author === undefined ? '' : ` by ${draft.author}`;
    throw new ConflictError(
      `${formatRef(ref)} has a draft${by} already: leave out the source to keep it, or delete the draft first`,
    );
  }
  const { sql, config: earlier, qualityTests, configYaml } = draft;
  // A `config.yaml` that was written before is kept as it is, also with mistakes.
  if (configYaml !== undefined || !isSettings(earlier)) return;
  const config = { ...given.config, ...earlier };
  const ofBoth = intersectNamespaces(draft.mayRead, mayRead);
  await updateDraft(client, ref, { sql, config, qualityTests }, { mayRead: ofBoth });
}

function isSettings(config: unknown): config is object {
  return typeof config === 'object' && config !== null && !Array.isArray(config);
}
