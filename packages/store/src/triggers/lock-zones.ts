import type { TriggerConfig } from '@rat/domain';
import type { Prisma } from '../generated/client.ts';

/**
 * Locks the landing zones that triggers are to watch, before their pipelines and the triggers. A
 * transaction that notes files holds this lock too. So it sees the new triggers, or they see its files:
 * no file is left out, also when the process that noted it dies after its commit.
 */
export async function lockZones(
  tx: Prisma.TransactionClient,
  configs: readonly TriggerConfig[],
): Promise<void> {
  const zones = configs.flatMap((config) => (config.kind === 'upload' ? [config] : []));
  if (zones.length === 0) return;
  const values = [zones.map(({ namespace }) => namespace), zones.map(({ zone }) => zone)];
  await tx.$executeRawUnsafe(WATCH_ZONES, ...values);
  await tx.$queryRawUnsafe(LOCK_ZONES, ...values);
}

const GIVEN = `unnest($1::text[], $2::text[]) AS given (namespace, zone)`;

/** All writers take the zones in this order, so that two of them never wait for each other. */
const WATCH_ZONES = `INSERT INTO zone_heads (namespace, zone)
  SELECT DISTINCT namespace, zone FROM ${GIVEN} ORDER BY namespace, zone ON CONFLICT DO NOTHING`;

const LOCK_ZONES = `SELECT 1 FROM zone_heads
  WHERE (namespace, zone) IN (SELECT namespace, zone FROM ${GIVEN})
  ORDER BY namespace, zone FOR UPDATE`;
