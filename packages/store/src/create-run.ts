import { NotFoundError, type PipelineRef, type RunKind, type RunOverrides } from '@rat/domain';
import type { Database } from './database.ts';
import type { Prisma } from './generated/client.ts';
import { bindKey, findReplay, takeKey, type IdempotencyKey } from './idempotency.ts';
import { makeRoom, type ReplacedRun } from './make-room.ts';

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
  /** `pipeline` when left out. Others wait their turn, whatever the pipeline says of its own runs. */
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
  /** Of the run that this one reproduces: its version, in place of the current one, and what it read. */
  reproduces?:
    | { pipelineVersion: number; inputSnapshots: Readonly<Record<string, string>> }
    | undefined;
  /** Asking again under the same key answers again. */
  idempotency?: IdempotencyKey | undefined;
}

/** Further attempts when neither the pipeline nor the caller says otherwise: only failures that may pass use them. */
const DEFAULT_MAX_RETRIES = 2;

/**
 * Inserts the run (`pending`), and the database the first row of its stream with it, pinned to the version that is
 * current now, or to that of the run which it reproduces: a later edit cannot change a queued run. Throws NotFoundError when
 * there is no such pipeline, and ConflictError when another run of it is in the way and the pipeline says `skip`; with
 * `replace`, the others make room in the same transaction. Under an idempotency key that made a run before, that run is the
 * answer.
 *
 * The caller rings the queue after this returns. `enqueued_at` is set in advance; if the ring is lost, the rescue loop
 * finds the run a few seconds later.
 */
export async function createRun(db: Database, request: RunRequest): Promise<CreatedRun> {
  const { idempotency } = request;
  const earlier = idempotency && (await findReplay(db, idempotency));
  if (earlier !== undefined) return replay(earlier, request);
  const current = await getVersion(db, request.pipeline, request.reproduces?.pipelineVersion);
  const created = { seq: 1, priority: request.priority ?? 0, pool: current.pool, replayed: false };
  const onConflict = isOfPipeline(request) ? current.on_conflict : 'queue';
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

function isOfPipeline({ kind = 'pipeline' }: RunRequest): boolean {
  return kind === 'pipeline';
}

function replay(id: string, request: RunRequest): CreatedRun {
  return { id, seq: 1, priority: request.priority ?? 0, pool: '', replaced: [], replayed: true };
}

/** The numbered version of the pipeline; without a number, the current one. */
async function getVersion(
  db: Database,
  pipeline: PipelineRef,
  version?: number,
): Promise<PinnedVersion> {
  const { namespace, layer, name } = pipeline;
  const found = await db.pool.query<PinnedVersion>({
    ...FIND_VERSION,
    values: [namespace, layer, name, version ?? null],
  });
  const current = found.rows[0];
  if (current === undefined) throw new NotFoundError('pipeline not found');
  return current;
}

/** As long as any statement waits for a connection. */
const CONNECTION_WAIT_MS = 10_000;

/** Under one key, or for one line, requests take turns. */
const TRANSACTION_MS = 15_000;

function insertRun(
  client: Pick<Prisma.TransactionClient, 'run'>,
  request: RunRequest,
  current: PinnedVersion,
): Promise<{ id: string }> {
  const { namespace, layer, name } = request.pipeline;
  const { overrides = {}, expiresInSeconds } = request;
  const now = new Date();
  return client.run.create({
    data: {
      pipelineId: current.pipeline_id,
      pipelineVersionId: current.id,
      namespace,
      layer,
      pipelineName: name,
      kind: request.kind ?? 'pipeline',
      trigger: request.trigger,
      fullRefresh: request.fullRefresh ?? false,
      priority: request.priority ?? 0,
      concurrencyLimit: current.concurrency_limit,
      pool: current.pool,
      maxAttempts: 1 + (overrides.max_retries ?? current.max_retries ?? DEFAULT_MAX_RETRIES),
      overrides: { ...overrides },
      expiresAt: expiresInSeconds === undefined ? null : afterSeconds(now, expiresInSeconds),
      rerunOf: request.rerunOf ?? null,
      ...(request.reproduces && { pinnedSnapshots: { ...request.reproduces.inputSnapshots } }),
      createdAt: now,
      enqueuedAt: now,
    },
    select: { id: true },
  });
}

function afterSeconds(from: Date, seconds: number): Date {
  return new Date(from.getTime() + seconds * 1_000);
}

interface PinnedVersion {
  id: string;
  pipeline_id: string;
  max_retries: number | null;
  pool: string;
  concurrency_limit: number;
  on_conflict: 'queue' | 'skip' | 'replace';
}

const FIND_VERSION = {
  name: 'find-version',
  text: `SELECT v.id, v.pipeline_id, (v.config ->> 'max_retries')::int AS max_retries,
      coalesce((v.config #>> '{concurrency,limit}')::int, 1) AS concurrency_limit,
      coalesce(v.config ->> 'pool', 'default') AS pool,
      coalesce(v.config #>> '{concurrency,on_conflict}', 'queue') AS on_conflict
    FROM pipelines p JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = coalesce($4::int, p.current_version)
    WHERE p.namespace = $1 AND p.layer = $2 AND p.name = $3 AND p.deleted_at IS NULL`,
};

/** What makes a request one for maintenance: behind everything that people wait for. */
export const MAINTENANCE_RUN = {
  kind: 'maintenance',
  trigger: 'maintenance',
  priority: -100,
} as const;
