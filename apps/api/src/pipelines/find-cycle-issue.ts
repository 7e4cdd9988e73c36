import { formatRef, type Issue, type PipelineRef } from '@rat/domain';
import { findCall, type PipelineDefiner } from '@rat/pipelines';
import { findDeclaredRefs, type RefsGuard } from '@rat/store';
import { findCycle } from './find-cycle.ts';
import { listMissingInputs } from './list-missing-inputs.ts';

/** Where the stored pipelines are read: the database, or a transaction. */
type Graph = Parameters<RefsGuard>[0];

/**
 * The issue for a pipeline whose refs lead back to it; undefined when they do not. Only a caller
 * that holds the lock of the refs knows that no other pipeline changes meanwhile.
 */
export async function findCycleIssue(
  { graph, definer }: { graph: Graph; definer: PipelineDefiner },
  { ref: pipeline, sql }: { ref: PipelineRef; sql: string },
  refs: readonly PipelineRef[],
): Promise<Issue | undefined> {
  const cycle = await findCycle(pipeline, refs, (level) => readRefs(graph, definer, level));
  const [, second] = cycle ?? [];
  if (cycle === undefined || second === undefined) return undefined;
  const place = findCall(
    sql,
    'ref',
    (text) => text === second || `${pipeline.namespace}.${text}` === second,
  );
  return {
    path: 'sql',
    message: `the refs make a cycle: ${cycle.join(' → ')}`,
    ...place,
    severity: 'error',
    fix: 'remove one of these refs: a pipeline cannot wait for itself',
  };
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
