import type { PipelineRef } from '@rat/domain';
import type { Database, Queryable } from '../db/database.ts';
import { askClient, findMade, makeOnce, type IdempotencyKey } from '../db/idempotency.ts';
import { getPipeline } from './pipelines.ts';
import type { PipelineWrite } from './put-pipeline.ts';

/** What a request under an idempotency key did to a pipeline. */
interface WrittenVersion {
  result: PipelineWrite['result'];
  /** The version that was current afterwards. */
  version: number;
}

/** A write that is made once for each key. When it is replayed, the pipeline is as it is now. */
export type PipelineWriteOnce = PipelineWrite & WrittenVersion & { isReplayed: boolean };

/** Writes a version within the caller's transaction, once for each key. */
export async function writeOnce(
  client: Queryable,
  ref: PipelineRef,
  idempotency: IdempotencyKey | undefined,
  write: () => Promise<PipelineWrite['result']>,
): Promise<PipelineWriteOnce> {
  const { made, isReplayed } = await makeOnce<WrittenVersion>(
    askClient(client),
    idempotency,
    async () => {
      const result = await write();
      return { result, version: (await getPipeline({ pool: client }, ref)).version };
    },
  );
  return { ...made, isReplayed, pipeline: await getPipeline({ pool: client }, ref) };
}

/** What an earlier request with the key did; undefined without one. Throws like `makeOnce`. */
export async function findWritten(
  db: Database,
  ref: PipelineRef,
  idempotency: IdempotencyKey | undefined,
): Promise<PipelineWriteOnce | undefined> {
  const earlier = await findMade<WrittenVersion>(db, idempotency);
  if (earlier === undefined) return undefined;
  const { made, isReplayed } = earlier;
  return { ...made, isReplayed, pipeline: await getPipeline(db, ref) };
}
