import { createHash } from 'node:crypto';
import {
  decideTrigger,
  isLoop,
  type FiringCause,
  type MatchRule,
  type TriggerMarks,
} from '@rat/domain';
import type { Prisma } from '../generated/client.ts';
import { createRunId } from '../db/create-run-id.ts';
import { makeRoom } from '../schedules/make-room.ts';
import { foldSkip, insertFirings, type NewFiring } from '../schedules/write-firings.ts';
import type { FiringContext, News, TriggerOutcome } from './firing-context.ts';
import { fireDependency } from './fire-dependency.ts';
import { insertTriggeredRun } from './insert-triggered-run.ts';
import { pauseBySystem } from './pause-trigger.ts';
import { findAncestry } from './find-ancestry.ts';
import { readNews } from './read-news.ts';
import type { TriggerRow } from './trigger-row.ts';
import { keepWaiting, rest, saveFired } from './trigger-marks.ts';

/** More firings of one trigger would hold its lock too long; the rest follows at the next turn. */
const FIRINGS_A_TURN = 50;

/**
 * Decides about one trigger. The caller has locked its pipeline and then the trigger, in this order,
 * as every writer of both does.
 */
export async function fireTrigger(
  tx: Prisma.TransactionClient,
  trigger: TriggerRow,
  context: FiringContext,
): Promise<TriggerOutcome> {
  const { config } = trigger;
  if (config.kind === 'dependency') return fireDependency(tx, { trigger, config }, context);
  const { now } = context;
  const outcome: TriggerOutcome = { runs: [], others: 0 };
  let marks: TriggerMarks = trigger.marks;
  const all = await readNews(tx, trigger, context);
  for (const [index, news] of all.entries()) {
    const decision = decideTrigger(
      {
        pace: trigger,
        marks,
        inputs: news.inputs,
        rule: ruleOf(trigger, context),
        firedLastHour: await countFired(tx, trigger, now),
      },
      now,
    );
    switch (decision.kind) {
      case 'idle':
        await rest(tx, trigger.id, { hasNews: news.inputs.some(({ isNew }) => isNew) });
        return outcome;
      case 'wait':
        await keepWaiting(tx, trigger.id, decision.until);
        return outcome;
      case 'capped':
        return { ...outcome, ...(await refuseCapped(tx, trigger, news, now)) };
      case 'fire':
        await fireNews(tx, { ...trigger, marks }, { news, context }, outcome);
        await news.consume(tx);
        // What is left has changed already, and waits for the cooldown only.
        marks = { firstChangeAt: now, lastChangeAt: now, lastFiredAt: now };
        await saveFired(tx, trigger.id, { now, hasMore: index + 1 < all.length });
    }
    if (index + 1 === FIRINGS_A_TURN) return outcome;
  }
  if (all.length === 0) await rest(tx, trigger.id, { hasNews: false });
  return outcome;
}

function ruleOf({ config }: TriggerRow, { rules, now }: FiringContext): MatchRule {
  if (config.kind !== 'upstream' && config.kind !== 'table') {
    return { match: 'any', withinSeconds: undefined, notBefore: undefined };
  }
  return {
    match: config.match,
    withinSeconds: config.within_seconds ?? undefined,
    notBefore: config.since === null ? undefined : rules.lastTime(config.since, now),
  };
}

/** Makes the run of some news, or the record of why there is none. */
async function fireNews(
  tx: Prisma.TransactionClient,
  trigger: TriggerRow,
  { news, context }: { news: News; context: FiringContext },
  outcome: TriggerOutcome,
): Promise<void> {
  const { now, pipelineRules } = context;
  const ancestry = await findAncestry(tx, news.causes);
  const dedupeKey = keyOf(trigger, news);
  if (isLoop(trigger.id, ancestry)) {
    const refused = recordOf(trigger, { dedupeKey, causes: news.causes });
    await insertFirings(tx, [{ ...refused, outcome: 'refused', reason: 'loop', ancestry }], now);
    outcome.others += 1;
    return;
  }
  const room = await makeRoom(tx, trigger, pipelineRules);
  if (room.kind !== 'room') {
    const skip: NewFiring = {
      ...recordOf(trigger, { dedupeKey, causes: news.causes }),
      ...(room.kind === 'refuse'
        ? { outcome: 'refused', reason: 'quota' }
        : { outcome: 'skipped', reason: room.reason, blockedBy: room.blockedBy }),
      ancestry,
    };
    if (!(await foldSkip(tx, skip, now))) await insertFirings(tx, [skip], now);
    outcome.others += 1;
    return;
  }
  const { causes, params } = news;
  const fired = { dedupeKey, causes, params, ancestry, replaced: room.replaced };
  const inserted = await insertTriggeredRun(tx, trigger, fired, now);
  if (inserted !== undefined) outcome.runs.push(inserted.run);
}

async function refuseCapped(
  tx: Prisma.TransactionClient,
  trigger: TriggerRow,
  { causes }: News,
  now: Date,
): Promise<{ others: number; paused: string }> {
  const reason = `more than ${trigger.maxPerHour} firings in an hour`;
  const refused = recordOf(trigger, { dedupeKey: `capped:${now.toISOString()}`, causes });
  await insertFirings(tx, [{ ...refused, outcome: 'refused', reason: 'rate_capped' }], now);
  await pauseBySystem(tx, trigger.id, reason);
  return { others: 1, paused: reason };
}

function recordOf(
  { id }: TriggerRow,
  { dedupeKey, causes }: { dedupeKey: string; causes: readonly FiringCause[] },
): Pick<NewFiring, 'id' | 'sourceKind' | 'sourceId' | 'dedupeKey' | 'causes'> {
  return { id: createRunId(), sourceKind: 'trigger', sourceId: id, dedupeKey, causes };
}

/**
 * A state may come back, as that of a table that is reverted, and is news again: the key has the last
 * firing too.
 */
function keyOf({ marks }: TriggerRow, { key }: News): string {
  const after = marks.lastFiredAt?.toISOString() ?? '';
  return `news:${createHash('sha256').update(`${after}\n${key}`).digest('hex')}`;
}

/** How many of the newest firings lie in the hour before now; never counts further than the cap. */
async function countFired(
  tx: Prisma.TransactionClient,
  { id, maxPerHour }: TriggerRow,
  now: Date,
): Promise<number> {
  const [row] = await tx.$queryRawUnsafe<{ fired: number }[]>(
    COUNT_FIRED,
    id,
    maxPerHour,
    now.toISOString(),
  );
  return row?.fired ?? 0;
}

const COUNT_FIRED = `
  SELECT count(*) FILTER (WHERE decided_at > $3::timestamptz - interval '1 hour')::int AS fired
  FROM (
    SELECT decided_at FROM firings
    WHERE source_id = $1::uuid AND outcome = 'run'
    ORDER BY position DESC LIMIT $2
  ) AS newest`;
