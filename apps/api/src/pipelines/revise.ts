import { ConflictError, type PipelineRef, type Precondition } from '@rat/domain';
import {
  findDraft,
  getPipeline,
  revisePipeline,
  type Database,
  type PipelineRow,
  type Revision,
  type RevisionBase,
  type Writing,
} from '@rat/store';
import type { idempotencyOf } from '../http/idempotency.ts';

/** As often as another writer may be faster before the request is refused. */
const TRIES = 5;

/** `mayRead` is what the writer of added files may read; undefined when the change adds none. */
export interface RevisionRequest extends Writing {
  precondition?: Precondition;
  idempotency?: ReturnType<typeof idempotencyOf>;
}

/** `replayed`: an earlier request with the same key made the change. */
export type Revised =
  | { kind: 'revised'; result: 'updated' | 'unchanged'; pipeline: PipelineRow }
  | { kind: 'replayed' };

/**
 * Changes one part of a pipeline, in its version and in its draft. `compute` gets both as they are, and
 * again when another writer was faster. Throws what `compute` throws, NotFoundError, PreconditionError,
 * and ConflictError when others keep changing the pipeline.
 *
 * @example
 * const { pipeline } = await revise(deps, ref, async () => ({ owner: 'ada' }), {});
 */
export async function revise(
  { db }: { db: Database },
  ref: PipelineRef,
  compute: (base: RevisionBase) => Promise<Revision>,
  request: RevisionRequest,
): Promise<Revised> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    // The draft first: a publish in between moves the version too, and is noticed.
    const draft = await findDraft(db.pool, ref);
    const base = { pipeline: await getPipeline(db, ref), draft };
    const answer = await revisePipeline(db, ref, base, await compute(base), request);
    if (answer.kind !== 'moved') return answer;
  }
  throw new ConflictError('others are changing the pipeline at this moment; try again');
}
