import type { FiringPlan } from '@rat/domain';
import { createRunId } from '../db/create-run-id.ts';
import type { Prisma } from '../generated/client.ts';
import type { PlanFirings, ScheduleRow } from './schedule-row.ts';
import { insertFirings, type NewFiring } from './write-firings.ts';

/**
 * Records the times of a paused schedule up to now that nothing will decide about: all are one missed
 * firing. The caller has locked the schedule, and counts them as decided.
 */
export async function missUndecided(
  tx: Prisma.TransactionClient,
  schedule: ScheduleRow,
  { plan, now }: { plan: PlanFirings; now: Date },
): Promise<void> {
  // The delay of a schedule does not move its times out of the pause.
  const planned = tryPlan(() => plan({ ...schedule, catchUp: 'none' }, now, { waits: false }));
  if (planned !== undefined) await insertFirings(tx, missedFiring(schedule, planned), now);
}

/** Undefined for a stored pattern that is no longer valid: it has no times, and the firing job pauses it. */
export function tryPlan(plan: () => FiringPlan): FiringPlan | undefined {
  try {
    return plan();
  } catch {
    return undefined;
  }
}

function missedFiring({ id }: ScheduleRow, { missed, fire }: FiringPlan): NewFiring[] {
  const first = missed?.first ?? fire[0]?.at;
  const last = fire.at(-1)?.at ?? missed?.last;
  if (first === undefined || last === undefined) return [];
  return [
    {
      id: createRunId(),
      sourceKind: 'schedule',
      sourceId: id,
      dedupeKey: `missed:${first.toISOString()}`,
      scheduledFor: first,
      scheduledUntil: last,
      outcome: 'missed',
      reason: 'paused',
      count: (missed?.count ?? 0) + fire.length,
    },
  ];
}
