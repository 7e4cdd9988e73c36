import type { RunRequest } from './run-request.ts';
import { ConflictError, NotFoundError } from '@rat/domain';
import { batchPerTick } from '@rat/runtime';
import type { Database } from '../db/database.ts';
import type { Prisma } from '../generated/client.ts';
import { bindKey, dropKey, findReplay, takeKey } from './idempotency.ts';
import { insertRuns, type Asked, type InsertedRun } from './insert-runs.ts';
import { enforceConcurrency, type ReplacedRun } from './enforce-concurrency.ts';
import { isRefused } from '../db/postgres-errors.ts';
import { CANCEL_PENDING } from './request-cancel.ts';

export interface CreatedRun {
  id: string;
  seq: number;
  priority: number;
  pool: string;
  /** Older runs that had to make room for it. */
  replaced: ReplacedRun[];
  /** It was recorded as `cancelled`, because this run was in the way. */
  skippedFor?: string;
  /** It was created by an earlier request with the same key: nothing was done, and nobody needs to be told. */
  replayed: boolean;
}

/**
 * Inserts the run (`pending`), and the database the first row of its stream with it, pinned to the version that is
 * current now, or to that of the run which it reproduces: a later edit cannot change a queued run. Throws NotFoundError when
 * there is no such pipeline, and ConflictError when another run of it is in the way and the pipeline says `skip`, but a
 * scheduled run is recorded as `cancelled`; with `replace`, the others make room in the same transaction. Under an
 * idempotency key that made a run before, that run is the answer.
 *
 * The caller rings the queue after this returns.
 */
export async function createRun(db: Database, request: RunRequest): Promise<CreatedRun> {
  const { idempotency } = request;
  const earlier = idempotency && (await findReplay(db, idempotency));
  if (earlier !== undefined) return replay(earlier, request);
  const asked = idempotency === undefined ? await insertRun(db, request) : undefined;
  if (asked?.isInserted) return toCreated(asked, request);
  return db.prisma.$transaction(
    async (tx) => {
      // The key before the line: a second request under it must find the first one's run, not stand in its way.
      const other = idempotency && (await takeKey(tx, idempotency));
      if (other !== undefined) return replay(other, request);
      const created = await insertInLine(tx, request, asked);
      if (idempotency === undefined) return created;
      if (created.skippedFor === undefined) await bindKey(tx, idempotency, created.id);
      else await dropKey(tx, idempotency);
      return created;
    },
    { maxWait: CONNECTION_WAIT_MS, timeout: TRANSACTION_MS },
  );
}

/** The pool's own: here, too, a request waits no longer for a connection. */
const CONNECTION_WAIT_MS = 10_000;

/** Under one key, or for one line, requests take turns. */
const TRANSACTION_MS = 15_000;

/** Inserts it by itself, unless that was tried before, or after others have made room for it. */
async function insertInLine(
  tx: Prisma.TransactionClient,
  request: RunRequest,
  tried: InsertedRun | undefined,
): Promise<CreatedRun> {
  const first = tried ?? (await insertAlone(tx, { request }));
  const { isInserted, version, pipelineId, limit, onConflict } = first;
  if (isInserted || onConflict === 'queue') return toCreated(first, request);
  const { replaced, conflictingRun } = await enforceConcurrency(tx, {
    pipelineId,
    limit,
    onConflict,
  });
  if (conflictingRun !== undefined && !isScheduled(request))
    throw concurrencyConflict(conflictingRun);
  const run = await insertAlone(tx, { request, version, hasRoom: true });
  const created = { ...toCreated(run, request), replaced };
  if (conflictingRun === undefined) return created;
  await tx.$executeRawUnsafe(
    CANCEL_PENDING,
    run.id,
    concurrencyConflict(conflictingRun).message,
    null,
  );
  return { ...created, seq: created.seq + 1, skippedFor: conflictingRun };
}

/** Nobody hears the answer to a schedule's request: that it was skipped is kept as a run. */
function isScheduled({ trigger }: RunRequest): boolean {
  return /^schedule(:|$)/.test(trigger);
}

/** What a request hears that was skipped. */
export function concurrencyConflict(runId: string): ConflictError {
  return new ConflictError(`run ${runId} of this pipeline is in the way`, { runId });
}

/**
 * What many ask for at once is inserted by one statement. A run that names another one locks it, so it goes alone; and
 * so does each of those whose statement the database refused, for one of them is to blame and not the others.
 */
async function insertRun(db: Database, request: RunRequest): Promise<InsertedRun> {
  if (request.rerunOf !== undefined) return insertAlone(db.prisma, { request });
  try {
    return found(await togetherIn(db)({ request }));
  } catch (error) {
    if (!isRefused(error)) throw error;
    return insertAlone(db.prisma, { request });
  }
}

async function insertAlone(
  client: Pick<Prisma.TransactionClient, '$queryRawUnsafe'>,
  asked: Asked,
): Promise<InsertedRun> {
  const [run] = await insertRuns(client, [asked]);
  return found(run);
}

function found(run: InsertedRun | undefined): InsertedRun {
  if (run === undefined) throw new NotFoundError('pipeline not found');
  return run;
}

type InsertTogether = (asked: Asked) => Promise<InsertedRun | undefined>;

/** One for each database that is open. */
const together = new WeakMap<Database, InsertTogether>();

/** More would make each of them wait for a long statement. */
const TOGETHER_MAX = 50;

function togetherIn(db: Database): InsertTogether {
  let insert = together.get(db);
  if (insert === undefined) {
    insert = batchPerTick((asked: Asked[]) => insertRuns(db.prisma, asked), TOGETHER_MAX);
    together.set(db, insert);
  }
  return insert;
}

function toCreated({ id, pool }: InsertedRun, request: RunRequest): CreatedRun {
  const priority = request.priority ?? 0;
  return { id, seq: 1, priority, pool, replaced: [], replayed: false };
}

function replay(id: string, request: RunRequest): CreatedRun {
  return { id, seq: 1, priority: request.priority ?? 0, pool: '', replaced: [], replayed: true };
}

/** What makes a request one for maintenance: behind everything that people wait for. */
export const MAINTENANCE_RUN = {
  kind: 'maintenance',
  trigger: 'maintenance',
  priority: -100,
} as const;
