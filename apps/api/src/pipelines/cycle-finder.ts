import { formatRef, type Issue, type PipelineRef } from '@rat/domain';
import { findCall, type PipelineDefiner } from '@rat/pipelines';
import { findPipelineSources, type RefsGuard } from '@rat/store';
import { findCycle } from './find-cycle.ts';

/** Where the stored pipelines are read: the database, or a transaction. */
type Graph = Parameters<RefsGuard>[0];

/** Versions never change, so their refs are kept. */
const KEPT_MAX = 2_000;

/** Finds cycles of refs among stored pipelines, and keeps the refs of the versions that it has read. */
export class CycleFinder {
  readonly #definer: PipelineDefiner;
  /** By the pipeline's address and the hash of its content. */
  readonly #kept = new Map<string, readonly PipelineRef[]>();

  constructor(definer: PipelineDefiner) {
    this.#definer = definer;
  }

  /**
   * The issue for a pipeline whose refs lead back to it; undefined when they do not. Only a caller
   * that holds the lock of the refs knows that no other pipeline changes meanwhile.
   */
  async issueOf(
    graph: Graph,
    pipeline: PipelineRef,
    sql: string,
    refs: readonly PipelineRef[],
  ): Promise<Issue | undefined> {
    const cycle = await findCycle(pipeline, refs, (level) => this.#readRefs(graph, level));
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

  async #readRefs(
    graph: Graph,
    pipelines: readonly PipelineRef[],
  ): Promise<ReadonlyMap<string, readonly PipelineRef[]>> {
    const sources = await findPipelineSources(graph, pipelines);
    const read = new Map<string, readonly PipelineRef[]>();
    for (const ref of pipelines) {
      const name = formatRef(ref);
      const source = sources.get(name);
      if (source !== undefined) read.set(name, await this.#refsOf(ref, source));
    }
    return read;
  }

  async #refsOf(
    ref: PipelineRef,
    { sql, contentHash }: { sql: string; contentHash: string },
  ): Promise<readonly PipelineRef[]> {
    const key = `${formatRef(ref)} ${contentHash}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const { inputs } = await this.#definer.inspect({ ref, sql });
    if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
    this.#kept.set(key, inputs.refs);
    return inputs.refs;
  }
}
