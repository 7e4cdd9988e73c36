import type { Prisma } from '../generated/client.ts';
import { CANCEL_PENDING, FLAG_RUNNING } from './request-cancel.ts';

/** An older run that made room: it has ended, or was asked to stop. */
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

/** More than any limit: what waits of a pipeline whose rules were others before. */
const REPLACED_AT_ONCE = 2_000;

/** Who made room, and the oldest run that did not. */
interface Room {
  replaced: ReplacedRun[];
  conflictingRun?: string;
}

/**
 * Sees to it that one more run of the pipeline fits its limit. `skip`: nothing is done to the run that is in the way.
 * `replace`: the oldest ones are cancelled, pending ones at once, running ones by request. The pipeline's lock makes
 * creators take turns; it is the claim's, so what was pending here cannot begin to run meanwhile.
 */
export async function enforceConcurrency(
  tx: Prisma.TransactionClient,
  rules: Rules,
): Promise<Room> {
  await tx.$queryRawUnsafe(
    'SELECT id FROM pipelines WHERE id = $1::uuid FOR NO KEY UPDATE',
    rules.pipelineId,
  );
  const active = await tx.$queryRawUnsafe<ActiveRow[]>(
    `SELECT id, status, last_seq, cancel_requested_at IS NOT NULL AS leaving FROM runs
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
