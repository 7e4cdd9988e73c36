import { NotFoundError, type PipelineRef, type RunKind, type RunOverrides } from '@rat/domain';
import type { Database } from './database.ts';
import type { Prisma } from './generated/client.ts';
import { bindKey, findReplay, takeKey, type IdempotencyKey } from './idempotency.ts';
import { makeRoom, type ReplacedRun } from './make-room.ts';
import { uuidV7 } from './uuid-v7.ts';

export interface CreatedRun {
  id: string;
  seq: number;
  priority: number;
  pool: string;
  /** Older runs that had to make room for it. */
  replaced: ReplacedRun[];
  /** It was created by an earlier request with the same key: nothing was done, and nobody needs to be told. */
  replayed: boolean;
}

/** What a caller may ask of one run. */
export interface RunRequest {
  pipeline: PipelineRef;
  /** `pipeline` when left out. Maintenance waits its turn, whatever the pipeline says of its own runs. */
  kind?: RunKind | undefined;
  trigger: string;
  /** Whether the run replaces the whole table, whatever its strategy. */
  fullRefresh?: boolean | undefined;
  /** −100 to 100; greater starts earlier among those that wait. */
  priority?: number | undefined;
  /** Win over the pipeline's own. */
  overrides?: RunOverrides | undefined;
  /** A run that is not started within this time is cancelled. */
  expiresInSeconds?: number | undefined;
  /** The run that this one repeats. */
  rerunOf?: string | undefined;
  /** Asking again under the same key answers again. */
  idempotency?: IdempotencyKey | undefined;
}

/** Further attempts when neither the pipeline nor the caller says otherwise: only failures that may pass use them. */
const DEFAULT_MAX_RETRIES = 2;

/**
 * Inserts the run (`pending`) and the first row of its stream in one transaction, pinned to the version that is
 * current now: a later edit cannot change a queued run. Throws NotFoundError when there is no such pipeline, and
 * ConflictError when another run of it is in the way and the pipeline says `skip`; with `replace`, the others make room
 * in the same transaction. Under an idempotency key that made a run before, that run is the answer.
 *
 * The caller rings the queue after this returns. `enqueued_at` is set in advance; if the ring is lost, the rescue loop
 * finds the run a few seconds later.
 */
export async function createRun(db: Database, request: RunRequest): Promise<CreatedRun> {
  const { idempotency } = request;
  const earlier = idempotency && (await findReplay(db, idempotency));
  if (earlier !== undefined) return replay(earlier, request);
  const current = await getCurrentVersion(db, request.pipeline);
  const created = { seq: 1, priority: request.priority ?? 0, pool: current.pool, replayed: false };
  const onConflict = request.kind === 'maintenance' ? 'queue' : current.on_conflict;
  if (onConflict === 'queue' && idempotency === undefined) {
    const { id } = await insertRun(db.prisma, request, current);
    return { ...created, id, replaced: [] };
  }
  return db.prisma.$transaction(
    async (tx) => {
      // The key before the line: a second request under it must find the first one's run, not stand in its way.
      const other = idempotency && (await takeKey(tx, idempotency));
      if (other !== undefined) return replay(other, request);
      const replaced =
        onConflict === 'queue'
          ? []
          : await makeRoom(tx, {
              pipelineId: current.pipeline_id,
              limit: current.concurrency_limit,
              onConflict,
            });
      const { id } = await insertRun(tx, request, current);
      if (idempotency !== undefined) await bindKey(tx, idempotency, id);
      return { ...created, id, replaced };
    },
    { maxWait: CONNECTION_WAIT_MS, timeout: TRANSACTION_MS },
  );
}

function replay(id: string, request: RunRequest): CreatedRun {
  return { id, seq: 1, priority: request.priority ?? 0, pool: '', replaced: [], replayed: true };
}

async function getCurrentVersion(db: Database, pipeline: PipelineRef): Promise<CurrentVersion> {
  const { namespace, layer, name } = pipeline;
  const found = await db.pool.query<CurrentVersion>({
    ...FIND_CURRENT_VERSION,
    values: [namespace, layer, name],
  });
  const current = found.rows[0];
  if (current === undefined) throw new NotFoundError('pipeline not found');
  return current;
}

/** As long as any statement waits for a connection. */
const CONNECTION_WAIT_MS = 10_000;

/** Under one key, or for one line, requests take turns. */
const TRANSACTION_MS = 15_000;

async function insertRun(
  client: Pick<Prisma.TransactionClient, '$queryRawUnsafe'>,
  request: RunRequest,
  current: CurrentVersion,
): Promise<{ id: string }> {
  const { namespace, layer, name } = request.pipeline;
  const { overrides = {}, expiresInSeconds } = request;
  const now = new Date();
  const id = uuidV7(now);
  await client.$queryRawUnsafe(
    INSERT_RUN,
    id,
    current.pipeline_id,
    current.id,
    namespace,
    layer,
    name,
    request.kind ?? 'pipeline',
    request.trigger,
    request.fullRefresh ?? false,
    request.priority ?? 0,
    current.concurrency_limit,
    current.pool,
    1 + (overrides.max_retries ?? current.max_retries ?? DEFAULT_MAX_RETRIES),
    JSON.stringify(overrides),
    expiresInSeconds === undefined ? null : afterSeconds(now, expiresInSeconds).toISOString(),
    request.rerunOf ?? null,
    now.toISOString(),
    FIRST_EVENT,
  );
  return { id };
}

/**
 * One statement, hence one round trip and one transaction: the same as a nested create of Prisma Client is five round
 * trips and eight times the work of this process, on the path of every POST.
 */
const INSERT_RUN = `WITH created AS (
    INSERT INTO runs (id, pipeline_id, pipeline_version_id, namespace, layer, pipeline, kind, trigger, full_refresh,
      priority, concurrency_limit, pool, max_attempts, overrides, expires_at, rerun_of, created_at, enqueued_at)
    VALUES ($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::text, $7::text, $8::text, $9::boolean, $10::smallint,
      $11::int, $12::text, $13::int, $14::jsonb, $15::timestamptz, $16::uuid, $17::timestamptz, $17::timestamptz)
    RETURNING id, created_at
  ), event AS (
    INSERT INTO run_events (run_id, seq, attempt, kind, at, payload)
    SELECT id, 1, 0, 'status', created_at, $18::jsonb FROM created
  )
  SELECT 1 AS created FROM created`;

function afterSeconds(from: Date, seconds: number): Date {
  return new Date(from.getTime() + seconds * 1_000);
}

interface CurrentVersion {
  id: string;
  pipeline_id: string;
  max_retries: number | null;
  pool: string;
  concurrency_limit: number;
  on_conflict: 'queue' | 'skip' | 'replace';
}

const FIND_CURRENT_VERSION = {
  name: 'find-current-version',
  text: `SELECT v.id, v.pipeline_id, (v.config ->> 'max_retries')::int AS max_retries,
      coalesce((v.config #>> '{concurrency,limit}')::int, 1) AS concurrency_limit,
      coalesce(v.config ->> 'pool', 'default') AS pool,
      coalesce(v.config #>> '{concurrency,on_conflict}', 'queue') AS on_conflict
    FROM pipelines p JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.current_version
    WHERE p.namespace = $1 AND p.layer = $2 AND p.name = $3 AND p.deleted_at IS NULL`,
};

const FIRST_EVENT = JSON.stringify({
  status: 'pending',
  rows_written: null,
  duration_ms: null,
  error: null,
});

/** What makes a request one for maintenance: behind everything that people wait for. */
export const MAINTENANCE_RUN = {
  kind: 'maintenance',
  trigger: 'maintenance',
  priority: -100,
} as const;
