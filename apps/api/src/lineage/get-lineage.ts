import type { IncomingMessage } from 'node:http';
import type { LineageAnswer, LineageQuery } from '@rat/contracts';
import {
  findLoops,
  NotFoundError,
  parseRef,
  sliceLineage,
  sourcesOf,
  spreadStaleness,
  toLineageGraph,
  type LineageGraph,
} from '@rat/domain';
import {
  findLineageFacts,
  findTables,
  findUnreadChanges,
  readLineage,
  type Database,
} from '@rat/store';
import { confinedTo } from '../http/caller.ts';
import { namedNamespace } from '../http/named-namespace.ts';
import { handleOperation, type Confined, type HandledOperation } from '../http/operation.ts';
import type { LineageDeps } from './lineage-deps.ts';
import { listInputsNow } from './list-inputs.ts';
import { namespaceOf, parseRoot } from './parse-root.ts';
import { presentLineage } from './present-lineage.ts';
import { readsOf } from './reads-of.ts';

/** How many pipelines above the shown ones are looked at for data that has not arrived yet. */
const SOURCES_MAX = 2_000;

/** GET /api/v1/lineage. */
export function getLineageRoute(deps: LineageDeps): HandledOperation<'getLineage'> {
  return handleOperation('getLineage', async (req, res, { query }) => {
    res.json(await answer(deps, req, query));
  });
}

/** The same at the path of the reference platform's plugin. */
export function getPluginLineageRoute(deps: LineageDeps): HandledOperation<'getPluginLineage'> {
  return handleOperation('getPluginLineage', async (req, res, { query }) => {
    res.json(await answer(deps, req, query));
  });
}

async function answer(
  deps: LineageDeps,
  req: IncomingMessage,
  given: Confined<LineageQuery>,
): Promise<LineageAnswer> {
  const complete = await listInputsNow(deps);
  const namespace = namedNamespace(given.namespace);
  return drawLineage(deps.db, { ...given, namespace }, { own: confinedTo(req), complete });
}

async function drawLineage(
  db: Database,
  query: LineageQuery,
  { own, complete }: { own: readonly string[] | undefined; complete: boolean },
): Promise<LineageAnswer> {
  const mayShow = (place: string): boolean => own === undefined || own.includes(namespaceOf(place));
  // Pipelines of other namespaces are not even read; what the own ones read there is left out below.
  const pipelines = await readLineage(db, own);
  const graph = toLineageGraph(
    pipelines.map(({ inputs, ...pipeline }) => ({
      ...pipeline,
      inputs: inputs.filter(({ target }) => mayShow(target)),
    })),
  );
  const { start, up, down } = await findStart(db, graph, query, mayShow);
  const { places, truncated } = sliceLineage(graph, { start, up, down, limit: query.limit });
  const refs = places.flatMap((place) => parseRef(place, '') ?? []);
  const sources = sourcesOf(graph, places, SOURCES_MAX);
  const [facts, tables, unread] = await Promise.all([
    findLineageFacts(db, refs),
    findTables(db, refs),
    findUnreadChanges(db, readsOf(graph, sources)),
  ]);
  const stale = spreadStaleness(graph, unread);
  const shown = presentLineage(graph, places, { facts, tables, stale, loops: findLoops(graph) });
  return { ...shown, truncated, complete };
}

interface Start {
  start: readonly string[];
  up: number;
  down: number;
}

/** Throws NotFoundError for a root that does not exist, or that the principal may not see. */
async function findStart(
  db: Database,
  graph: LineageGraph,
  { root, namespace, up, down }: LineageQuery,
  mayShow: (place: string) => boolean,
): Promise<Start> {
  if (root === undefined) {
    const all = [...graph.pipelines.keys()];
    if (namespace === undefined) return { start: all, up: 1, down: 0 };
    if (!mayShow(namespace)) throw new NotFoundError('not found in the namespaces of this token');
    return { start: all.filter((one) => namespaceOf(one) === namespace), up: 1, down: 0 };
  }
  const place = parseRoot(root, namespace);
  if (!mayShow(place) || !(await exists(db, graph, place))) {
    throw new NotFoundError(`${root} not found: no pipeline, table or landing zone that is read`);
  }
  return { start: [place], up, down };
}

async function exists(db: Database, graph: LineageGraph, place: string): Promise<boolean> {
  if (graph.pipelines.has(place) || graph.readers.has(place)) return true;
  const ref = parseRef(place, '');
  return ref !== undefined && (await findTables(db, [ref])).size > 0;
}
