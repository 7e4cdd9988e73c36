import {
  formatRef,
  includesNamespaces,
  type Issue,
  type NamespaceSet,
  type PipelineRef,
} from '@rat/domain';
import { findCall, type PipelineDefiner } from '@rat/pipelines';
import { findDeclaredRefs, type RefsGuard } from '@rat/store';
import { findCycle } from './find-cycle.ts';
import { listMissingInputs } from './list-missing-inputs.ts';

/** Where the stored pipelines are read: the database, or a transaction. */
type Graph = Parameters<RefsGuard>[0];

interface CycleDeps {
  graph: Graph;
  definer: PipelineDefiner;
  mayRead: NamespaceSet;
  planned?: ReadonlyMap<string, readonly PipelineRef[]> | undefined;
}

/**
 * The issue for a pipeline whose refs lead back to it; undefined when they do not. Only a caller
 * that holds the lock of the refs knows that no other pipeline changes meanwhile. A ref that an author who is
 * limited to `mayRead` may not read leads nowhere, and the issue names no pipeline of another namespace.
 * `planned` are refs of pipelines that its author will store too; they replace the stored ones.
 */
export async function findCycleIssue(
  { graph, definer, mayRead, planned = new Map() }: CycleDeps,
  { ref: pipeline, sql }: { ref: PipelineRef; sql: string },
  refs: readonly PipelineRef[],
): Promise<Issue | undefined> {
  const isKnown = (namespace: string): boolean => includesNamespaces(mayRead, [namespace]);
  const known = (all: readonly PipelineRef[]) => all.filter(({ namespace }) => isKnown(namespace));
  const cycle = await findCycle(pipeline, known(refs), async (level) => {
    const stored = level.filter((one) => !planned.has(formatRef(one)));
    const found = new Map(stored.length > 0 ? await readRefs(graph, definer, stored) : []);
    for (const name of level.map(formatRef)) {
      const others = planned.get(name);
      if (others !== undefined) found.set(name, known(others));
    }
    return found;
  });
  const [, second] = cycle ?? [];
  if (cycle === undefined || second === undefined) return undefined;
  const place = findCall(
    sql,
    'ref',
    (text) => text === second || `${pipeline.namespace}.${text}` === second,
  );
  return {
    path: 'sql',
    message: `the refs make a cycle: ${cycle.map((name) => (isKnown(firstPart(name)) ? name : OTHER)).join(' → ')}`,
    ...place,
    severity: 'error',
    fix: 'remove one of these refs: a pipeline cannot wait for itself',
  };
}

const OTHER = 'a pipeline of another namespace';

function firstPart(name: string): string {
  return name.slice(0, name.indexOf('.'));
}

/** The stored refs of pipelines. A version of an older release has none, and gets them here. */
async function readRefs(
  graph: Graph,
  definer: PipelineDefiner,
  pipelines: readonly PipelineRef[],
): Promise<ReadonlyMap<string, readonly PipelineRef[]>> {
  const { refs, unlisted } = await findDeclaredRefs(graph, pipelines);
  for (const version of unlisted) {
    refs.set(formatRef(version.pipeline), await listMissingInputs({ db: graph, definer }, version));
  }
  return refs;
}
