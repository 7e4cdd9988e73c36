import type { FiringCause, ParamValues } from '@rat/domain';
import type { Prisma } from '../generated/client.ts';
import type { News } from './firing-context.ts';
import type { TriggerRow } from './trigger-row.ts';

/** More deliveries than this are not taken at once; the rest follows at the next turn. */
const DELIVERIES_MAX = 1_000;

/** More causes than this are not listed in one firing. */
const CAUSES_MAX = 100;

/**
 * The deliveries that a webhook has not decided about. Each makes a run of its own, unless the trigger
 * waits for silence or between firings: then one run is made for all, with the parameters of the last.
 */
export async function readDeliveryNews(
  tx: Prisma.TransactionClient,
  trigger: TriggerRow,
): Promise<News[]> {
  const rows = await tx.$queryRawUnsafe<DeliveryRow[]>(UNDECIDED, trigger.id);
  if (rows.length === 0) return [];
  const isJoined = trigger.debounceSeconds > 0 || trigger.cooldownSeconds > 0;
  const groups = isJoined ? [rows] : rows.map((row) => [row]);
  return groups.map((group) => newsOf(trigger.id, group));
}

interface DeliveryRow {
  delivery_id: string;
  received_at: Date;
  params: ParamValues | null;
}

function newsOf(triggerId: string, deliveries: readonly DeliveryRow[]): News {
  const ids = deliveries.map(({ delivery_id }) => delivery_id);
  const last = deliveries.at(-1);
  return {
    inputs: [{ isNew: true, latestAt: last?.received_at }],
    key: ids.join('\n'),
    causes: ids
      .slice(-CAUSES_MAX)
      .map((delivery_id): FiringCause => ({ kind: 'delivery', delivery_id })),
    params: last?.params ?? undefined,
    consume: async (tx) => {
      await tx.$executeRawUnsafe(DECIDE, triggerId, ids);
    },
  };
}

const UNDECIDED = `SELECT delivery_id, received_at, params FROM webhook_deliveries
  WHERE trigger_id = $1::uuid AND decided_at IS NULL
  ORDER BY position LIMIT ${DELIVERIES_MAX}`;

/** The trigger is locked, so its newest firing, with or without a run, is the one about these deliveries. */
const DECIDE = `UPDATE webhook_deliveries SET
    decided_at = now(),
    firing_id = (
      SELECT id FROM firings WHERE source_id = $1::uuid ORDER BY position DESC LIMIT 1
    )
  WHERE trigger_id = $1::uuid AND delivery_id = ANY ($2::text[])`;
