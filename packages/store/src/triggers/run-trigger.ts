import { isDeepStrictEqual } from 'node:util';
import { ConflictError, QuotaError, type ParamValues } from '@rat/domain';
import type { Database } from '../db/database.ts';
import type { Prisma } from '../generated/client.ts';
import { notPublished } from '../pipelines/pipelines.ts';
import type { CreatedRun } from '../runs/create-run.ts';
import type { RunRequest } from '../runs/run-request.ts';
import { makeRoom, readRules } from '../schedules/make-room.ts';
import { insertTriggeredRun } from './insert-triggered-run.ts';
import { lockTrigger } from './lock-trigger.ts';
import { toTrigger } from './trigger-row.ts';

/**
 * Runs a trigger now, also a paused one, whether or not something has changed. What has changed counts
 * later all the same. A second call with the same key returns the first one's run. The given
 * parameters win over those of the trigger.
 *
 * Throws NotFoundError; ConflictError when the key was used for other parameters, and when the overlap
 * policy allows no run now; QuotaError when the namespace has as many runs in line as it may.
 */
export async function runTrigger(
  db: Database,
  id: string,
  request: { key: string; params: ParamValues | undefined } & Pick<
    RunRequest,
    'origin' | 'requestedBy'
  >,
): Promise<{ firingId: string; run: CreatedRun }> {
  const dedupeKey = `manual:${request.key}`;
  const detail = { params: request.params ?? null };
  return db.prisma.$transaction(
    async (tx) => {
      const row = await lockTrigger(tx, id);
      const earlier = await findEarlier(tx, { id, dedupeKey, detail });
      if (earlier !== undefined) return earlier;
      const trigger = toTrigger(row);
      const room = await makeRoom(tx, trigger, await readRules(tx, trigger.pipelineId));
      if (room.kind === 'refuse') throw new QuotaError(room.use, row.now);
      if (room.kind === 'skip') {
        if (room.blockedBy === undefined) throw new ConflictError(notPublished(trigger.pipeline));
        const message = `the trigger allows no run beside its others (overlap: ${trigger.overlap}), and run ${room.blockedBy} is active`;
        throw new ConflictError(message, { runId: room.blockedBy });
      }
      const inserted = await insertTriggeredRun(
        tx,
        trigger,
        {
          dedupeKey,
          detail,
          causes: [{ kind: 'person', name: request.requestedBy ?? null }],
          ancestry: { depth: 0, ancestors: [] },
          params: request.params,
          origin: request.origin,
          requestedBy: request.requestedBy,
          replaced: room.replaced,
        },
        row.now,
      );
      // The trigger's lock excludes a second firing with this key.
      if (inserted === undefined)
        throw new Error('a firing appeared under the lock of its trigger');
      return inserted;
    },
    { maxWait: 10_000, timeout: 15_000 },
  );
}

/** The fields of the request: a second one with the same key must repeat them. */
interface Detail {
  params: ParamValues | null;
}

async function findEarlier(
  tx: Prisma.TransactionClient,
  asked: { id: string; dedupeKey: string; detail: Detail },
): Promise<{ firingId: string; run: CreatedRun } | undefined> {
  const [row] = await tx.$queryRawUnsafe<
    { id: string; run_id: string | null; detail: Detail | null }[]
  >(
    `SELECT id::text, run_id::text, detail FROM firings
     WHERE source_id = $1::uuid AND dedupe_key = $2`,
    asked.id,
    asked.dedupeKey,
  );
  if (row === undefined) return undefined;
  if (!isDeepStrictEqual(row.detail?.params, asked.detail.params)) {
    const options = row.run_id === null ? {} : { runId: row.run_id };
    throw new ConflictError('this Idempotency-Key was used with other params', options);
  }
  if (row.run_id === null) {
    throw new ConflictError('this Idempotency-Key was used for a run that is removed by now');
  }
  return { firingId: row.id, run: { kind: 'replayed', id: row.run_id } };
}
