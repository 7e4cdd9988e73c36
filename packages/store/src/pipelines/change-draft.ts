import {
  intersectNamespaces,
  NotFoundError,
  type NamespaceSet,
  type PipelineRef,
  type Precondition,
} from '@rat/domain';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import { holdNamespace } from '../namespaces/namespaces.ts';
import {
  lockOrBeginDraft,
  removeDraft,
  updateDraft,
  type DraftContent,
  type DraftRow,
} from './draft-row.ts';
import { draftSide } from './drafts.ts';
import { lockPipeline, refuseUnless } from './lock-pipeline.ts';
import { getPipeline, type PipelineRow } from './pipelines.ts';

/** What a change of a draft starts from. */
export interface ContentBefore {
  /** Undefined: there is neither a draft nor a pipeline. */
  content: DraftContent | undefined;
  /** Whether the content is that of a draft; otherwise it is that of the current version. */
  isDraft: boolean;
}

/**
 * Changes the draft of a pipeline, or begins one from the current version. `change` is called while
 * the draft is locked: of two changes at once, the second one starts from what the first one stored.
 * When it returns undefined, nothing is stored. The precondition is about the draft, or about the
 * pipeline while there is no draft. The draft may then read the namespaces that it and who changes it may
 * read. Throws NotFoundError for an unknown namespace, and PreconditionError.
 *
 * @example
 * const draft = await changeDraft(db, ref, ({ content }) => ({ ...content, sql }), { author });
 */
export async function changeDraft(
  db: Database,
  ref: PipelineRef,
  change: (before: ContentBefore) => DraftContent | undefined,
  {
    match,
    author,
    mayRead,
  }: Pick<Precondition, 'match'> & { author?: string | undefined; mayRead?: NamespaceSet },
): Promise<DraftRow | undefined> {
  return withTransaction(db.pool, async (client) => {
    await holdNamespace(client, ref.namespace);
    // Every writer locks the pipeline before the draft, so no two of them wait for each other.
    const pipeline = await lockPipeline(client, ref);
    const baseVersion = pipeline?.current?.version ?? 0;
    const { isNew, draft } = await lockOrBeginDraft(client, ref, baseVersion);
    if (isNew) await refuseUnless(client, pipeline, { match });
    else await refuseUnless(client, undefined, { match }, draftSide(draft));
    const before = isNew ? await findCurrent(client, ref) : draft;
    const content = change({ content: before, isDraft: !isNew });
    if (content === undefined) {
      if (isNew) await removeDraft(client, ref);
      return undefined;
    }
    const note = author === undefined ? undefined : { author, message: draft.message };
    const ofBoth = intersectNamespaces(before?.mayRead, mayRead);
    return updateDraft(client, ref, content, { mayRead: ofBoth }, note);
  });
}

async function findCurrent(client: Queryable, ref: PipelineRef): Promise<PipelineRow | undefined> {
  try {
    return await getPipeline({ pool: client }, ref);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    return undefined;
  }
}
