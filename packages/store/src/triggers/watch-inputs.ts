import { inputsOf, type TriggerConfig } from '@rat/domain';
import type { Prisma } from '../generated/client.ts';
import { CATALOG_NAME } from '../catalog/catalog.ts';
import { consumeAll } from './pause-trigger.ts';
import { LATEST_SUCCESSES } from './latest-successes.ts';

/**
 * Makes a trigger watch the inputs of its config, and no others. It has decided about their present
 * states. Files that no run has read are news, of any age. The caller holds the lock of its zone.
 */
export async function watchInputs(
  tx: Prisma.TransactionClient,
  triggerId: string,
  config: TriggerConfig,
): Promise<void> {
  const inputs = inputsOf(config);
  await tx.$executeRawUnsafe(UNWATCH, triggerId, inputs);
  await tx.$executeRawUnsafe(WATCH, triggerId, inputs);
  await tx.$executeRawUnsafe(READ_SUCCESSES, triggerId);
  await tx.$executeRawUnsafe(READ_TABLES, triggerId, CATALOG_NAME);
  await consumeAll(tx, triggerId);
}

const UNWATCH = `DELETE FROM trigger_inputs
  WHERE trigger_id = $1::uuid AND NOT (input = ANY ($2::text[]))`;

const WATCH = `INSERT INTO trigger_inputs (trigger_id, input)
  SELECT $1::uuid, input FROM unnest($2::text[]) AS input ON CONFLICT DO NOTHING`;

const READ_SUCCESSES = `UPDATE trigger_inputs i SET
    latest = s.run_id::text,
    latest_xid = s.xid,
    latest_position = s.position,
    latest_at = s.at,
    run_id = s.run_id
  FROM (${LATEST_SUCCESSES('i.trigger_id = $1::uuid')}) s
  WHERE i.trigger_id = s.trigger_id AND i.input = s.input`;

/**
 * A table that exists and whose data version is not known yet gets the mark of its metadata file:
 * a runner replaces it by the version. A table that does not exist has no state, so the first one is
 * news.
 */
const READ_TABLES = `UPDATE trigger_inputs i SET
    latest = coalesce(h.data_version, 'metadata:' || c.metadata_location),
    latest_at = h.changed_at,
    run_id = h.run_id
  FROM lake.iceberg_tables c
    LEFT JOIN table_heads h
      ON h.metadata_location = c.metadata_location
  WHERE i.trigger_id = $1::uuid
    AND c.catalog_name = $2
    AND c.metadata_location IS NOT NULL
    AND i.input = 'table:' || regexp_replace(c.table_namespace, '_(bronze|silver|gold)$', '.\\1') || '.' || c.table_name`;
