import type { Prisma } from '../generated/client.ts';
import { CANCEL_PENDING, FLAG_RUNNING } from './request-cancel.ts';

/** An older run that was cancelled for a newer one, or whose cancel was requested. */
export interface ReplacedRun {
  runId: string;
  status: 'cancelled' | 'running';
  seq: number;
}

interface Rules {
  pipelineId: string;
  limit: number;
  onConflict: 'skip' | 'replace';
}

const REPLACED = 'replaced by a newer run';

/**
 * How many active runs are read. More than any limit: a pipeline whose limit was lowered may have
 * more active runs than its limit.
 */
const REPLACED_AT_ONCE = 2_000;

/** The replaced runs, or the oldest active run that blocks the new one. */
interface Enforced {
  replaced: ReplacedRun[];
  conflictingRun?: string;
}

/**
 * Applies the concurrency limit before one more run of the pipeline is inserted. `skip` reports the
 * oldest active run and changes nothing. `replace` cancels the oldest runs: pending ones at once,
 * running ones by request. The pipeline's lock serialises inserts. The claim takes the same lock,
 * so a run that is pending here cannot start before this commits.
 */
export async function enforceConcurrency(
  tx: Prisma.TransactionClient,
  rules: Rules,
): Promise<Enforced> {
  await tx.$queryRawUnsafe(
    'SELECT id FROM pipelines WHERE id = $1::uuid FOR NO KEY UPDATE',
    rules.pipelineId,
  );
  const active = await tx.$queryRawUnsafe<ActiveRow[]>(
    `SELECT id, status, last_seq, cancel_requested_at IS NOT NULL AS leaving
     FROM runs
     WHERE pipeline_id = $1::uuid AND status IN ('pending', 'running') AND kind = 'pipeline'
     ORDER BY created_at, id LIMIT ${REPLACED_AT_ONCE} FOR UPDATE`,
    rules.pipelineId,
  );
  if (active.length < rules.limit) return { replaced: [] };
  const [oldest] = active;
  if (rules.onConflict === 'skip' && oldest !== undefined) {
    return { replaced: [], conflictingRun: oldest.id };
  }
  const replaced: ReplacedRun[] = [];
  for (const run of active.slice(0, active.length - rules.limit + 1)) {
    if (run.leaving) continue;
    const isPending = run.status === 'pending';
    await tx.$executeRawUnsafe(isPending ? CANCEL_PENDING : FLAG_RUNNING, run.id, REPLACED, null);
    const status = isPending ? 'cancelled' : 'running';
    replaced.push({ runId: run.id, status, seq: run.last_seq + 1 });
  }
  return { replaced };
}

interface ActiveRow {
  id: string;
  status: 'pending' | 'running';
  last_seq: number;
  leaving: boolean;
}
