import {
  ConflictError,
  draftTag,
  InputError,
  intersectNamespaces,
  NotFoundError,
  type ContentSide,
  type PipelineRef,
  type Precondition,
} from '@rat/domain';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import type { IdempotencyKey } from '../db/idempotency.ts';
import { holdNamespace } from '../namespaces/namespaces.ts';
import {
  findDraft,
  lockOrBeginDraft,
  removeDraft,
  updateDraft,
  type DraftContent,
  type DraftRow,
} from './draft-row.ts';
import {
  lockOrCreatePipeline,
  lockPipeline,
  refuseMovedBase,
  refuseUnless,
} from './lock-pipeline.ts';
import {
  writeVersion,
  type PipelineContent,
  type VersionChange,
  type Writing,
} from './put-pipeline.ts';
import { writeOnce, type PipelineWriteOnce } from './write-once.ts';

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
  change: Writing & {
    baseVersion?: number | undefined;
    precondition?: Precondition | undefined;
  } = {},
): Promise<{ isNew: boolean; draft: DraftRow }> {
  const { precondition = {}, author, message, mayRead } = change;
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
    const { isNew, draft: earlier } = await lockOrBeginDraft(
      client,
      ref,
      baseVersion ?? currentVersion,
    );
    if (isNew) {
      // `If-None-Match: *` is about the draft, and there was none.
      await refuseUnless(client, pipeline, { match: precondition.match });
    } else {
      await refuseUnless(client, undefined, precondition, draftSide(earlier));
    }
    // The whole content is new, so nobody else has written a part of it.
    const note = { author, message };
    const draft = await updateDraft(client, ref, content, { baseVersion, mayRead }, note);
    return { isNew, draft };
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
    await refuseUnless(client, undefined, precondition, draftSide(draft));
    await removeDraft(client, ref);
  });
}

/**
 * Makes a draft the newest version of its pipeline and removes the draft, in one transaction.
 * `content` is the validated content of the draft's `revision`. A precondition may name the draft or
 * the pipeline. The version may read the namespaces that both the draft and who publishes it may read. Throws NotFoundError without a draft, ConflictError when the draft has another
 * revision, and PreconditionError, also when the pipeline is no longer at the draft's base; and the
 * error of the guard.
 */
export async function publishDraft(
  db: Database,
  ref: PipelineRef,
  { revision, content }: { revision: string; content: PipelineContent },
  {
    precondition = {},
    idempotency,
    ...change
  }: VersionChange & { idempotency?: IdempotencyKey | undefined },
): Promise<PipelineWriteOnce> {
  const publish = async (client: Queryable) => {
    await holdNamespace(client, ref.namespace);
    const pipeline = await lockOrCreatePipeline(client, ref);
    const draft = await findDraft(client, ref, 'FOR UPDATE');
    if (draft === undefined) throw noDraft();
    await refuseUnless(client, pipeline, precondition, draftSide(draft));
    await refuseMovedBase(client, pipeline, draft.baseVersion);
    if (draft.revision !== revision) {
      throw new ConflictError('the draft was changed while it was published; publish it again');
    }
    const result = await writeVersion(client, pipeline, content, {
      author: change.author ?? draft.author,
      message: change.message ?? draft.message,
      guard: change.guard,
      mayRead: intersectNamespaces(draft.mayRead, change.mayRead),
    });
    await removeDraft(client, ref);
    return result;
  };
  return withTransaction(db.pool, (client) =>
    writeOnce(client, ref, idempotency, () => publish(client)),
  );
}

function noDraft(): NotFoundError {
  return new NotFoundError('the pipeline has no draft');
}

/** A draft as the side of a conflict. */
export function draftSide({
  revision,
  baseVersion,
  author,
  message,
  updatedAt,
}: DraftRow): ContentSide {
  return {
    kind: 'draft',
    etag: draftTag(revision),
    version: baseVersion,
    author,
    message,
    at: updatedAt,
  };
}
