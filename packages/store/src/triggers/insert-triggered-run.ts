import type { Ancestry, FiringCause, ParamValues, Trigger } from '@rat/domain';
import { createRunId } from '../db/create-run-id.ts';
import type { Prisma } from '../generated/client.ts';
import { toCreated, type CreatedRun } from '../runs/create-run.ts';
import type { ReplacedRun } from '../runs/enforce-concurrency.ts';
import type { RunRequest } from '../runs/run-request.ts';
import { insertRuns } from '../runs/insert-runs.ts';
import { insertFirings, type NewFiring } from '../schedules/write-firings.ts';
import type { TriggerRow } from './trigger-row.ts';

/** A firing of a trigger that makes a run. */
export interface TriggeredRun {
  /** The id of the firing; undefined: a new one. */
  firingId?: string | undefined;
  dedupeKey: string;
  causes: readonly FiringCause[];
  ancestry: Ancestry;
  /** Win over those of the trigger. */
  params?: ParamValues | undefined;
  /** The request of a person. */
  detail?: unknown;
  origin?: RunRequest['origin'];
  requestedBy?: RunRequest['requestedBy'];
  /** The time that was due. */
  scheduledFor?: Date | undefined;
  replaced: ReplacedRun[];
}

/** The run of a firing, to be announced after the commit. */
export interface InsertedFiring {
  firingId: string;
  run: Extract<CreatedRun, { kind: 'created' }>;
}

/**
 * Inserts a firing and its run. Undefined when this has happened already. The caller holds the lock of
 * the trigger, and has made room for the run.
 */
export async function insertTriggeredRun(
  tx: Prisma.TransactionClient,
  trigger: TriggerRow,
  fired: TriggeredRun,
  now: Date,
): Promise<InsertedFiring | undefined> {
  const runId = createRunId();
  const firing: NewFiring = {
    id: fired.firingId ?? createRunId(),
    sourceKind: 'trigger',
    sourceId: trigger.id,
    dedupeKey: fired.dedupeKey,
    scheduledFor: fired.scheduledFor,
    outcome: 'run',
    detail: fired.detail,
    runId,
    causes: fired.causes,
    ancestry: fired.ancestry,
  };
  const inserted = await insertFirings(tx, [firing], now);
  if (inserted.size === 0) return undefined;
  const request = {
    pipeline: trigger.pipeline,
    trigger: labelOf(trigger),
    priority: trigger.priority,
    expiresInSeconds: trigger.expiresInSeconds,
    origin: fired.origin,
    requestedBy: fired.requestedBy,
    params: fired.params === undefined ? trigger.params : { ...trigger.params, ...fired.params },
  };
  const made = { runId, id: firing.id, sourceId: trigger.id, at: now, interval: undefined };
  const [row] = await insertRuns(tx, [
    { request, firing: made, isWithinLimit: true, hasPlace: true },
  ]);
  if (!row?.isInserted) throw new Error('the pipeline of a trigger was not found');
  return { firingId: firing.id, run: { ...toCreated(row, request), replaced: fired.replaced } };
}

function labelOf({ config, name }: TriggerRow): Trigger {
  return { kind: 'trigger', label: `trigger:${config.kind}:${name}` };
}
