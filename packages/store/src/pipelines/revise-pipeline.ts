import {
  intersectNamespaces,
  NotFoundError,
  type NamespaceSet,
  type PipelineRef,
  type Precondition,
} from '@rat/domain';
import { bindPipelineKey, takePipelineKey, type IdempotencyKey } from '../db/idempotency.ts';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import {
  findDraft,
  lockOrBeginDraft,
  updateDraft,
  type DraftContent,
  type DraftRow,
} from './draft-row.ts';
import { lockPipeline, refuseUnless, type LockedPipeline } from './lock-pipeline.ts';
import { getPipeline, type PipelineRow } from './pipelines.ts';
import {
  writeVersion,
  type PipelineContent,
  type VersionNote,
  type Writing,
} from './put-pipeline.ts';

/** What a change of one part of a pipeline was computed from. */
export interface RevisionBase {
  pipeline: PipelineRow;
  draft: DraftRow | undefined;
}

/** A change of one part of a pipeline. What is undefined stays as it is. */
export interface Revision {
  /** The whole content of the next version. */
  content?: PipelineContent | undefined;
  /** The whole content of the draft, which is begun when there is none. */
  draft?: DraftContent | undefined;
  /** Only of a pipeline without a version, whose description no version has. */
  description?: string | null | undefined;
  owner?: string | null | undefined;
}

/** `moved`: the base is no longer current, and nothing was written; compute the change again. */
export type RevisionResult =
  | { kind: 'revised'; result: 'updated' | 'unchanged'; pipeline: PipelineRow }
  | { kind: 'replayed' }
  | { kind: 'moved' };

/**
 * Changes one part of a pipeline in its current version, as a new version, and in its draft at once. A
 * draft that was begun from the current version is then based on the new one: it has the same change. Each may then
 * read the namespaces that it and `mayRead` have in common; undefined keeps them, for a change that adds nothing that reads.
 * Throws NotFoundError, and PreconditionError.
 *
 * @example
 * const pipeline = await getPipeline(db, ref);
 * const changed = await revisePipeline(db, ref, { pipeline, draft: undefined }, { owner: 'ada' });
 * if (changed.kind === 'moved') return retry();
 */
export async function revisePipeline(
  db: Database,
  ref: PipelineRef,
  base: RevisionBase,
  revision: Revision,
  request: Writing & { precondition?: Precondition; idempotency?: IdempotencyKey | undefined },
): Promise<RevisionResult> {
  const { precondition = {}, idempotency, mayRead, ...note } = request;
  return withTransaction(db.pool, async (client) => {
    if (idempotency && (await takePipelineKey(client, idempotency))) return { kind: 'replayed' };
    const pipeline = await lockPipeline(client, ref);
    if (pipeline?.current === undefined) throw new NotFoundError('pipeline not found');
    await refuseUnless(client, pipeline, precondition);
    const draft = await findDraft(client, ref, 'FOR UPDATE');
    if (hasMoved(base, pipeline, draft)) {
      // The next try takes the key again.
      if (idempotency) await releaseKey(client, idempotency);
      return { kind: 'moved' };
    }
    const result = await apply(client, ref, pipeline, { draft, revision, note, mayRead });
    if (idempotency) await bindPipelineKey(client, idempotency, pipeline.id);
    return { kind: 'revised', result, pipeline: await getPipeline({ pool: client }, ref) };
  });
}

function hasMoved(
  base: RevisionBase,
  { id, current }: LockedPipeline,
  draft: DraftRow | undefined,
): boolean {
  return (
    base.pipeline.id !== id ||
    base.pipeline.version !== current?.version ||
    base.draft?.revision !== draft?.revision
  );
}

async function apply(
  client: Queryable,
  ref: PipelineRef,
  pipeline: LockedPipeline,
  change: {
    draft: DraftRow | undefined;
    revision: Revision;
    note: VersionNote;
    mayRead: NamespaceSet;
  },
): Promise<'updated' | 'unchanged'> {
  const { draft, revision, note, mayRead } = change;
  const { content, owner, description } = revision;
  // Neither a fact nor a quality test changes the refs of the pipeline's own SQL.
  const ofBoth = intersectNamespaces(pipeline.mayRead, mayRead);
  const unguarded = { ...note, guard: undefined, mayRead: ofBoth };
  const written = content && (await writeVersion(client, pipeline, content, unguarded));
  const isNewVersion = written !== undefined && written !== 'unchanged';
  if (draft === undefined && revision.draft !== undefined) {
    await lockOrBeginDraft(client, ref, pipeline.current?.version ?? 0);
    await updateDraft(client, ref, revision.draft, { mayRead: ofBoth }, note);
  } else if (draft !== undefined && (revision.draft !== undefined || isNewVersion)) {
    const isOnCurrent = draft.baseVersion === pipeline.current?.version;
    const baseVersion = isNewVersion && isOnCurrent ? pipeline.version + 1 : undefined;
    const isNewDraft = revision.draft !== undefined;
    await updateDraft(client, ref, revision.draft ?? draft, {
      baseVersion,
      mayRead: isNewDraft ? intersectNamespaces(draft.mayRead, mayRead) : draft.mayRead,
    });
  }
  if (owner !== undefined || description !== undefined) {
    await client.query(
      `UPDATE pipelines SET
         owner = CASE WHEN $2 THEN $3 ELSE owner END,
         description = CASE WHEN $4 THEN $5 ELSE description END,
         updated_at = now()
       WHERE id = $1`,
      [
        pipeline.id,
        owner !== undefined,
        owner ?? null,
        description !== undefined,
        description ?? null,
      ],
    );
  }
  const isChanged = isNewVersion || [revision.draft, owner, description].some(isGiven);
  return isChanged ? 'updated' : 'unchanged';
}

function isGiven(value: unknown): boolean {
  return value !== undefined;
}

async function releaseKey(client: Queryable, { key }: IdempotencyKey): Promise<void> {
  await client.query('DELETE FROM idempotency_keys WHERE key = $1', [key]);
}
