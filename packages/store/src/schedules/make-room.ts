import { decideOverlap, type FiringReason, type Overlap, type QuotaUse } from '@rat/domain';
import type { Prisma } from '../generated/client.ts';
import { findFullLine } from '../namespaces/line-quota.ts';
import { enforceConcurrency, type ReplacedRun } from '../runs/enforce-concurrency.ts';
import { CANCEL_PENDING, FLAG_RUNNING } from '../runs/request-cancel.ts';

/** The concurrency rules of a pipeline's current version. */
export interface PipelineRules {
  limit: number;
  onConflict: 'queue' | 'skip' | 'replace';
  /** Whether there is a version that could run. */
  isPublished: boolean;
}

/** The concurrency rules of a pipeline; a statement after the lock, to see what was committed. */
export async function readRules(
  tx: Prisma.TransactionClient,
  pipelineId: string,
): Promise<PipelineRules> {
  const [row] = await tx.$queryRawUnsafe<RulesRow[]>(READ_RULES, pipelineId);
  return {
    limit: row?.concurrency_limit ?? 1,
    onConflict: row?.on_conflict ?? 'queue',
    isPublished: row !== undefined,
  };
}

interface RulesRow {
  concurrency_limit: number;
  on_conflict: PipelineRules['onConflict'];
}

const READ_RULES = `
  SELECT
    coalesce((v.config #>> '{concurrency,limit}')::int, 1) AS concurrency_limit,
    coalesce(v.config #>> '{concurrency,on_conflict}', 'queue') AS on_conflict
  FROM pipelines p
    JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.current_version
  WHERE p.id = $1::uuid`;

/** Whether a source may make one more run now. */
export type Room =
  | { kind: 'room'; replaced: ReplacedRun[] }
  | { kind: 'skip'; reason: FiringReason; blockedBy: string | undefined }
  | { kind: 'refuse'; use: QuotaUse };

/** What makes runs of a pipeline: a schedule, or a trigger. */
interface RunSource {
  id: string;
  pipelineId: string;
  pipeline: { namespace: string };
  overlap: Overlap;
}

/**
 * Applies the quota of the namespace and then the overlap policy to one more run of the source. In this order: `replace`
 * must not cancel a run for another one that the quota refuses.
 */
export async function makeRoom(
  tx: Prisma.TransactionClient,
  source: RunSource,
  rules: PipelineRules,
): Promise<Room> {
  const use = await findFullLine(tx, source.pipeline.namespace);
  return use === undefined ? applyOverlap(tx, source, rules) : { kind: 'refuse', use };
}

async function applyOverlap(
  tx: Prisma.TransactionClient,
  source: RunSource,
  { limit, onConflict, isPublished }: PipelineRules,
): Promise<Room> {
  if (!isPublished) return { kind: 'skip', reason: 'unpublished', blockedBy: undefined };
  const { overlap, pipelineId } = source;
  if (overlap === 'inherit') {
    if (onConflict === 'queue') return { kind: 'room', replaced: [] };
    const { replaced, conflictingRun } = await enforceConcurrency(tx, {
      pipelineId,
      limit,
      onConflict,
    });
    if (conflictingRun === undefined) return { kind: 'room', replaced };
    return { kind: 'skip', reason: 'overlap', blockedBy: conflictingRun };
  }
  const active = await tx.$queryRawUnsafe<ActiveRow[]>(ACTIVE_RUNS, source.id);
  const decision = decideOverlap(overlap, active);
  switch (decision.kind) {
    case 'run':
      return { kind: 'room', replaced: [] };
    case 'skip':
      return decision;
    case 'replace':
      return { kind: 'room', replaced: await cancelAll(tx, active) };
  }
}

interface ActiveRow {
  id: string;
  status: 'pending' | 'running';
  last_seq: number;
  leaving: boolean;
}

/** More of its runs than this do not change a decision; `replace` leaves fewer than this behind. */
const ACTIVE_MAX = 200;

/** A run that is being cancelled still counts: its replacement waits until it has ended. */
const ACTIVE_RUNS = `
  SELECT id::text, status, last_seq, cancel_requested_at IS NOT NULL AS leaving
  FROM runs
  WHERE source_id = $1::uuid AND status IN ('pending', 'running')
  ORDER BY created_at, id LIMIT ${ACTIVE_MAX} FOR UPDATE`;

const REPLACED = 'replaced by a newer run of its schedule or trigger';

async function cancelAll(
  tx: Prisma.TransactionClient,
  active: readonly ActiveRow[],
): Promise<ReplacedRun[]> {
  const replaced: ReplacedRun[] = [];
  for (const run of active) {
    if (run.leaving) continue;
    const isPending = run.status === 'pending';
    await tx.$executeRawUnsafe(isPending ? CANCEL_PENDING : FLAG_RUNNING, run.id, REPLACED, null);
    const status = isPending ? 'cancelled' : 'running';
    replaced.push({ runId: run.id, status, seq: run.last_seq + 1 });
  }
  return replaced;
}
