import {
  findCycle,
  formatRef,
  includesNamespaces,
  UnprocessableError,
  upstreamsOf,
  type Issue,
  type NamespaceSet,
  type PipelineRef,
  type TriggerConfig,
} from '@rat/domain';
import type { Prisma } from '../generated/client.ts';

/** Two writers must not close a cycle together. */
const LOCK_GRAPH = `SELECT pg_advisory_xact_lock(hashtextextended('rat.triggers.graph', 0))`;

/** More edges than this above one pipeline are refused: every other writer of triggers waits for the check. */
const EDGES_MAX = 50_000;

/** Triggers of one pipeline, and who may read the names of a cycle. */
export interface TriggersToCheck {
  pipeline: PipelineRef;
  /** What each trigger watches, by the path of its config in the request. */
  configs: ReadonlyMap<string, TriggerConfig>;
  /** The names of pipelines in other namespaces do not appear in an issue. */
  mayRead: NamespaceSet;
}

/** Throws UnprocessableError when the pipeline of triggers would make itself run. */
export async function refuseCycles(
  tx: Prisma.TransactionClient,
  triggers: TriggersToCheck,
): Promise<void> {
  await tx.$executeRawUnsafe(LOCK_GRAPH);
  const issues = await findCycles(tx, triggers);
  const [first] = issues;
  if (first !== undefined) throw new UnprocessableError(first.message, issues);
}

/**
 * The issues for triggers by which a pipeline would make itself run. Only a caller that holds the lock
 * of the graph knows that no other trigger closes a cycle at the same time.
 */
export async function findCycles(
  db: Pick<Prisma.TransactionClient, '$queryRawUnsafe'>,
  { pipeline, configs, mayRead }: TriggersToCheck,
): Promise<Issue[]> {
  const start = formatRef(pipeline);
  const watched = new Set([...configs.values()].flatMap(upstreamsOf));
  if (watched.size === 0) return [];
  const edges = await db.$queryRawUnsafe<Edge[]>(LIST_EDGES_ABOVE, [...watched], start);
  if (edges.length > EDGES_MAX) {
    const message = `more than ${EDGES_MAX} triggers lead to this pipeline, so whether it would run itself cannot be checked`;
    return [...configs.keys()].map((path) => ({ path, message }));
  }
  const upstream = new Map<string, string[]>();
  for (const edge of edges) {
    const known = upstream.get(edge.pipeline);
    if (known === undefined) upstream.set(edge.pipeline, [edge.upstream]);
    else known.push(edge.upstream);
  }
  const issues: Issue[] = [];
  for (const [path, config] of configs) {
    const above = (address: string): readonly string[] =>
      address === start ? upstreamsOf(config) : (upstream.get(address) ?? []);
    const cycle = findCycle(start, above);
    if (cycle === undefined) continue;
    issues.push({
      path,
      message: `the triggers make a cycle: ${cycle.map((name) => nameFor(mayRead, name)).join(' → ')}`,
      fix: 'remove one of these triggers: a pipeline cannot wait for itself',
    });
  }
  return issues;
}

/** The name of a pipeline for a reader who is limited to namespaces. */
function nameFor(mayRead: NamespaceSet, name: string): string {
  const namespace = name.slice(0, name.indexOf('.'));
  return includesNamespaces(mayRead, [namespace]) ? name : 'a pipeline of another namespace';
}

interface Edge {
  pipeline: string;
  upstream: string;
}

/**
 * Every edge above what a pipeline is to watch, once: UNION drops an edge that was reached before, so the
 * walk is as long as there are edges, and not as there are paths. It ends at the pipeline, whose stored
 * triggers may be replaced. `edges` is read once and hashed for all levels.
 */
const LIST_EDGES_ABOVE = `
  WITH RECURSIVE edges AS MATERIALIZED (
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
    SELECT $2::text AS pipeline, watched AS upstream FROM unnest($1::text[]) AS watched
    UNION
    SELECT e.pipeline, e.upstream
    FROM walk JOIN edges e ON e.pipeline = walk.upstream
    WHERE walk.upstream <> $2::text
  )
  SELECT pipeline, upstream FROM walk LIMIT ${EDGES_MAX + 1}`;
