import {
  formatRef,
  inputsOf,
  UnprocessableError,
  type PipelineRef,
  type TriggerConfig,
} from '@rat/domain';
import type { Prisma } from '../generated/client.ts';
import { CATALOG_NAME } from '../catalog/catalog.ts';
import { consumeAll } from './pause-trigger.ts';
import { LATEST_SUCCESSES } from './latest-successes.ts';

/**
 * Makes a trigger watch the inputs of its config, and no others. It has decided about their present
 * states. Files that no run has read are news, whenever they came.
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
  if (config.kind === 'upload') {
    await tx.$executeRawUnsafe(WATCH_ZONE, config.namespace, config.zone);
  }
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

const WATCH_ZONE = `INSERT INTO zone_heads (namespace, zone) VALUES ($1, $2) ON CONFLICT DO NOTHING`;

/** Two writers must not close a cycle together. */
const LOCK_GRAPH = `SELECT pg_advisory_xact_lock(hashtextextended('rat.triggers.graph', 0))`;

/** Throws UnprocessableError when the pipeline of a trigger would make itself run. */
export async function refuseCycle(
  tx: Prisma.TransactionClient,
  triggerId: string,
  pipeline: PipelineRef,
): Promise<void> {
  await tx.$executeRawUnsafe(LOCK_GRAPH);
  const own = formatRef(pipeline);
  const [found] = await tx.$queryRawUnsafe<{ path: string[] }[]>(FIND_CYCLE, triggerId, own);
  if (found === undefined) return;
  const message = `the triggers make a cycle: ${found.path.join(' → ')}`;
  throw new UnprocessableError(message, [
    {
      path: 'config',
      message,
      fix: 'remove one of these triggers: a pipeline cannot wait for itself',
    },
  ]);
}

/** Walks from the trigger's inputs upwards, to the pipeline itself. `path` is in the order of the runs. */
const FIND_CYCLE = `
  WITH RECURSIVE edges AS (
    SELECT
      p.namespace || '.' || p.layer || '.' || p.name AS pipeline,
      substr(i.input, strpos(i.input, ':') + 1) AS upstream
    FROM trigger_inputs i
      JOIN triggers t ON t.id = i.trigger_id
      JOIN pipelines p ON p.id = t.pipeline_id
    WHERE t.deleted_at IS NULL
      AND p.deleted_at IS NULL
      AND (i.input LIKE 'pipeline:%' OR i.input LIKE 'table:%')
  ), walk AS (
    SELECT upstream AS at, ARRAY[upstream, $2::text] AS path
    FROM (
      SELECT DISTINCT substr(input, strpos(input, ':') + 1) AS upstream FROM trigger_inputs
      WHERE trigger_id = $1::uuid AND (input LIKE 'pipeline:%' OR input LIKE 'table:%')
    ) AS first
    UNION
    SELECT e.upstream, e.upstream || walk.path
    FROM walk JOIN edges e ON e.pipeline = walk.at
    WHERE walk.at <> $2::text
      AND NOT (e.upstream = ANY (walk.path[1:cardinality(walk.path) - 1]))
  )
  SELECT path FROM walk WHERE at = $2::text ORDER BY cardinality(path) LIMIT 1`;
