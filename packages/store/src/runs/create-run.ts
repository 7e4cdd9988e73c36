import type { RunRequest } from './run-request.ts';
import { ConflictError, formatRef, NotFoundError, QuotaError, triggerLabel } from '@rat/domain';
import { batchPerTick } from '@rat/runtime';
import type { Database } from '../db/database.ts';
import type { Prisma } from '../generated/client.ts';
import { bindKey, findReplay, takeKey } from '../db/idempotency.ts';
import { findFullLine } from '../namespaces/line-quota.ts';
import { refuseUnpublished } from '../pipelines/pipelines.ts';
import { insertRuns, type InsertedRun, type RunToInsert } from './insert-runs.ts';
import { enforceConcurrency, type ReplacedRun } from './enforce-concurrency.ts';
import { isRefused } from '../db/postgres-errors.ts';

/**
 * - `created`: the run is pending. `replaced` are the older runs that were cancelled for it.
 * - `replayed`: an earlier request with the same idempotency key created the run; nothing was
 *   written, and there is nothing to announce.
 */
export type CreatedRun =
  | {
      kind: 'created';
      id: string;
      seq: number;
      priority: number;
      pool: string;
      /** `namespace.layer.name` */
      pipeline: string;
      trigger: string;
      replaced: ReplacedRun[];
    }
  | { kind: 'replayed'; id: string };

/**
 * Inserts a pending run and, through a database trigger, the first row of its stream. The run is
 * pinned to the pipeline's current version, or to the version of the run that it reproduces: a
 * later edit cannot change a queued run. The caller announces the run after this returns.
 *
 * Throws NotFoundError when the pipeline does not exist, and ConflictError while it has no published
 * version. Throws QuotaError when its namespace has as many runs in line as it may; the check holds under any number of
 * requests at once. When the pipeline is at its concurrency limit, its `on_conflict` decides:
 * - `queue`: the run waits.
 * - `skip`: throws ConflictError with the id of the conflicting run.
 * - `replace`: older runs are cancelled in the same transaction.
 *
 * @example
 * const run = await createRun(db, { pipeline, trigger: { kind: 'manual' } });
 * announceRun(deps, run);
 */
export async function createRun(db: Database, request: RunRequest): Promise<CreatedRun> {
  try {
    return await createPinnedRun(db, request);
  } catch (error) {
    // After the transaction: within it, this would take a second connection of the pool.
    if (error instanceof NotFoundError) await refuseUnpublished(db, request.pipeline);
    throw error;
  }
}

async function createPinnedRun(db: Database, request: RunRequest): Promise<CreatedRun> {
  const { idempotency } = request;
  const earlier = idempotency && (await findReplay(db, idempotency));
  if (earlier !== undefined) return { kind: 'replayed', id: earlier };
  const tried = idempotency === undefined ? await insertRun(db, request) : undefined;
  if (tried?.isInserted) return toCreated(tried, request);
  return db.prisma.$transaction(
    async (tx) => {
      // Lock the key before the pipeline: a second request with this key must find the run of the
      // first one, not conflict with it.
      const replayed = idempotency && (await takeKey(tx, idempotency));
      if (replayed !== undefined) return { kind: 'replayed', id: replayed };
      const run = await insertUnderLimit(tx, request, tried);
      if (idempotency === undefined) return run;
      await bindKey(tx, idempotency, run.id);
      return run;
    },
    { maxWait: CONNECTION_WAIT_MS, timeout: TRANSACTION_MS },
  );
}

/** The same limit as the pool's own wait for a connection. */
const CONNECTION_WAIT_MS = 10_000;

/** Includes the wait for the locks: requests with one key, or for one pipeline, are serialised. */
const TRANSACTION_MS = 15_000;

/** Applies the pipeline's `on_conflict`. `tried` is the result of an earlier plain insert. */
async function insertUnderLimit(
  tx: Prisma.TransactionClient,
  request: RunRequest,
  tried: InsertedRun | undefined,
): Promise<Extract<CreatedRun, { kind: 'created' }>> {
  const first = tried ?? (await insertOne(tx, { request }));
  const { isInserted, hasQuota, version } = first;
  if (isInserted) return toCreated(first, request);
  const replaced = await enforceLimit(tx, request, first);
  // After the older runs were replaced: a run that one of them makes way for needs no further place.
  const full = hasQuota ? await findFullLine(tx, request.pipeline.namespace) : undefined;
  if (full !== undefined) throw new QuotaError(full, new Date());
  const run = await insertOne(tx, { request, version, isWithinLimit: true, hasPlace: true });
  return { ...toCreated(run, request), replaced };
}

/** Returns the older runs that were cancelled; throws ConflictError when the run may not queue. */
async function enforceLimit(
  tx: Prisma.TransactionClient,
  { kind = 'pipeline' }: RunRequest,
  { pipelineId, limit, onConflict }: InsertedRun,
): Promise<ReplacedRun[]> {
  if (onConflict === 'queue' || kind !== 'pipeline') return [];
  const rules = { pipelineId, limit, onConflict };
  const { replaced, conflictingRun } = await enforceConcurrency(tx, rules);
  if (conflictingRun !== undefined) throw concurrencyConflict(conflictingRun);
  return replaced;
}

/** The error of a request that `on_conflict: skip` refuses. */
function concurrencyConflict(runId: string): ConflictError {
  return new ConflictError(
    `the pipeline is at its concurrency limit and skips new runs while run ${runId} is active`,
    { runId },
  );
}

/**
 * Inserts one run, in one statement with the other runs that are requested in the same tick. Two
 * kinds are inserted alone: a run that repeats another one, because the statement locks that run's
 * row; and each run of a batch that the database refused, so that one bad row fails only itself.
 */
async function insertRun(db: Database, request: RunRequest): Promise<InsertedRun> {
  if (request.rerunOf !== undefined) return insertOne(db.prisma, { request });
  try {
    return requirePipeline(await batchedInsert(db)({ request }));
  } catch (error) {
    if (!isRefused(error)) throw error;
    return insertOne(db.prisma, { request });
  }
}

async function insertOne(
  client: Pick<Prisma.TransactionClient, '$queryRawUnsafe'>,
  run: RunToInsert,
): Promise<InsertedRun> {
  const [inserted] = await insertRuns(client, [run]);
  return requirePipeline(inserted);
}

function requirePipeline(run: InsertedRun | undefined): InsertedRun {
  if (run === undefined) throw new NotFoundError('pipeline not found');
  return run;
}

type BatchedInsert = (run: RunToInsert) => Promise<InsertedRun | undefined>;

/** One batch for each open database. */
const batches = new WeakMap<Database, BatchedInsert>();

/** A larger batch would make each request in it wait for one long statement. */
const BATCH_MAX = 50;

function batchedInsert(db: Database): BatchedInsert {
  let insert = batches.get(db);
  if (insert === undefined) {
    insert = batchPerTick((runs: RunToInsert[]) => insertRuns(db.prisma, runs), BATCH_MAX);
    batches.set(db, insert);
  }
  return insert;
}

/** The result for a run that was inserted. */
export function toCreated(
  { id, pool }: Pick<InsertedRun, 'id' | 'pool'>,
  request: RunRequest,
): Extract<CreatedRun, { kind: 'created' }> {
  return {
    kind: 'created',
    id,
    seq: 1,
    priority: request.priority ?? 0,
    pool,
    pipeline: formatRef(request.pipeline),
    trigger: triggerLabel(request.trigger),
    replaced: [],
  };
}

/** The part of a request that makes it maintenance: lowest priority, after every user's run. */
export const MAINTENANCE_RUN = {
  kind: 'maintenance',
  trigger: { kind: 'maintenance' },
  priority: -100,
} as const satisfies Partial<RunRequest>;
