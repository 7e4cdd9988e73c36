import { NotFoundError, type PipelineRef } from '@rat/domain';
import type { Database } from './database.ts';
import type { Prisma } from './generated/client.ts';

export interface CreatedRun {
  id: string;
  seq: number;
}

/** Further attempts when neither the pipeline nor the caller says otherwise: only failures that may pass use them. */
const DEFAULT_MAX_RETRIES = 2;

/**
 * Inserts the run (`pending`) and the first row of its stream in one transaction, pinned to the version that is
 * current now: a later edit cannot change a queued run. Throws NotFoundError when there is no such pipeline.
 *
 * The caller rings the queue after this returns. `enqueued_at` is set in advance; if the ring is lost, the rescue loop
 * finds the run a few seconds later.
 */
export async function createRun(
  db: Database,
  request: { pipeline: PipelineRef; trigger: string; fullRefresh?: boolean },
): Promise<CreatedRun> {
  const { namespace, layer, name } = request.pipeline;
  const pipeline = await db.pool.query<CurrentVersion>({
    ...FIND_CURRENT_VERSION,
    values: [namespace, layer, name],
  });
  const current = pipeline.rows[0];
  if (current === undefined) throw new NotFoundError('pipeline not found');
  const now = new Date();
  const run = await db.prisma.run.create({
    data: {
      pipelineId: current.pipeline_id,
      pipelineVersionId: current.id,
      namespace,
      layer,
      pipelineName: name,
      trigger: request.trigger,
      fullRefresh: request.fullRefresh ?? false,
      maxAttempts: 1 + (current.max_retries ?? DEFAULT_MAX_RETRIES),
      createdAt: now,
      enqueuedAt: now,
      events: { create: firstEvent(now) },
    },
    select: { id: true },
  });
  return { id: run.id, seq: 1 };
}

interface CurrentVersion {
  id: string;
  pipeline_id: string;
  max_retries: number | null;
}

const FIND_CURRENT_VERSION = {
  name: 'find-current-version',
  text: `SELECT v.id, v.pipeline_id, (v.config ->> 'max_retries')::int AS max_retries
    FROM pipelines p JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.current_version
    WHERE p.namespace = $1 AND p.layer = $2 AND p.name = $3 AND p.deleted_at IS NULL`,
};

function firstEvent(at: Date): Prisma.RunEventCreateWithoutRunInput {
  return {
    seq: 1,
    attempt: 0,
    kind: 'status',
    at,
    payload: { status: 'pending', rows_written: null, duration_ms: null, error: null },
  };
}
