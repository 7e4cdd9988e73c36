import { NotFoundError, type PipelineRef } from '@rat/domain';
import { getPipeline, type Database } from '@rat/store';

/** The number of the current version; undefined without a pipeline, or while none is published. */
export async function findCurrentVersion(
  db: Database,
  ref: PipelineRef,
): Promise<number | undefined> {
  try {
    const { version } = await getPipeline(db, ref);
    return version === 0 ? undefined : version;
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    return undefined;
  }
}
