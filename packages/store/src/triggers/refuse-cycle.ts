import { findCycle, formatRef, UnprocessableError, type PipelineRef } from '@rat/domain';
import type { Prisma } from '../generated/client.ts';

/** Two writers must not close a cycle together. */
const LOCK_GRAPH = `SELECT pg_advisory_xact_lock(hashtextextended('rat.triggers.graph', 0))`;

/** More edges than this above one pipeline are refused: every other writer of triggers waits meanwhile. */
const EDGES_MAX = 50_000;

/** Throws UnprocessableError when the pipeline of a trigger would make itself run. */
export async function refuseCycle(
  tx: Prisma.TransactionClient,
  triggerId: string,
  pipeline: PipelineRef,
): Promise<void> {
  await tx.$executeRawUnsafe(LOCK_GRAPH);
  const edges = await tx.$queryRawUnsafe<Edge[]>(LIST_EDGES_ABOVE, triggerId, formatRef(pipeline));
  if (edges.length > EDGES_MAX) {
    const message = `more than ${EDGES_MAX} triggers lead to this pipeline, so whether it would run itself cannot be checked`;
    throw new UnprocessableError(message, [{ path: 'config', message }]);
  }
  const upstream = new Map<string, string[]>();
  for (const edge of edges) {
    const known = upstream.get(edge.pipeline);
    if (known === undefined) upstream.set(edge.pipeline, [edge.upstream]);
    else known.push(edge.upstream);
  }
  const path = findCycle(formatRef(pipeline), (address) => upstream.get(address) ?? []);
  if (path === undefined) return;
  const message = `the triggers make a cycle: ${path.join(' → ')}`;
  throw new UnprocessableError(message, [
    {
      path: 'config',
      message,
      fix: 'remove one of these triggers: a pipeline cannot wait for itself',
    },
  ]);
}

interface Edge {
  pipeline: string;
  upstream: string;
}

/**
 * Every edge above a trigger, once: UNION drops an edge that was reached before, so the walk is as long
 * as there are edges, and not as there are paths. `edges` is read once and hashed for all levels.
 */
const LIST_EDGES_ABOVE = `
  WITH RECURSIVE edges AS MATERIALIZED (
    SELECT
      t.id AS trigger_id,
      p.namespace || '.' || p.layer || '.' || p.name AS pipeline,
      substr(i.input, strpos(i.input, ':') + 1) AS upstream
    FROM trigger_inputs i
      JOIN triggers t ON t.id = i.trigger_id
      JOIN pipelines p ON p.id = t.pipeline_id
    WHERE t.deleted_at IS NULL
      AND p.deleted_at IS NULL
      AND (i.input LIKE 'pipeline:%' OR i.input LIKE 'table:%')
  ), walk AS (
    SELECT $2::text AS pipeline, upstream FROM edges WHERE trigger_id = $1::uuid
    UNION
    SELECT e.pipeline, e.upstream
    FROM walk JOIN edges e ON e.pipeline = walk.upstream
    WHERE walk.upstream <> $2::text
  )
  SELECT pipeline, upstream FROM walk LIMIT ${EDGES_MAX + 1}`;
