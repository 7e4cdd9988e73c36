import type { FeedEvent } from '@rat/client';
import type { AnswerOf } from '@rat/contracts';

export type PipelinePage = AnswerOf<'listPipelines'>;

const ENDED = new Set<string>(['success', 'failed', 'cancelled']);

/** A page of pipelines after status changes: runs that it knows change in their place. The same object when none is known. */
export function patchHealth(
  page: PipelinePage,
  changes: readonly FeedEvent['data'][],
): PipelinePage {
  const newest = new Map(changes.map((change) => [change.run_id, change]));
  let isChanged = false;
  const pipelines = page.pipelines.map((pipeline) => {
    const { health } = pipeline;
    if (health === undefined || !health.runs.some(({ id }) => newest.has(id))) return pipeline;
    const runs = health.runs.map((run) => {
      const change = newest.get(run.id);
      if (change === undefined || ENDED.has(run.status)) return run;
      isChanged = true;
      return { ...run, status: change.status, duration_ms: change.duration_ms };
    });
    return { ...pipeline, health: { ...health, runs } };
  });
  return isChanged ? { ...page, pipelines } : page;
}

/**
 * Whether a change of a pipeline of the page has less than the page shows: it is about a run that the page does not have
 * yet, or about one that failed, whose rows may wait for a decision.
 */
export function mustReread(page: PipelinePage, changes: readonly FeedEvent['data'][]): boolean {
  return changes.some((change) =>
    page.pipelines.some(
      ({ namespace, layer, name, health }) =>
        namespace === change.namespace &&
        layer === change.layer &&
        name === change.pipeline &&
        (change.status === 'failed' ||
          health?.runs.every(({ id }) => id !== change.run_id) === true),
    ),
  );
}
