import type { FiringCause } from './trigger-settings.ts';

/** More runs than this are not listed: a chain that is longer is a loop, which the platform ends. */
const RUNS_MAX = 200;

/** A run with what led to it. */
interface Caused {
  id: string;
  causes: readonly FiringCause[];
}

/**
 * Walks from a run to the runs that led to it, and on to the roots: breadth first, each run once.
 * `read` returns the runs with these ids; one that is gone, or that the reader may not see, is left
 * out, and the walk ends there.
 *
 * @example
 * const { runs, isTruncated } = await walkCauses(runId, (ids) => readRuns(ids));
 */
export async function walkCauses<Run extends Caused>(
  start: string,
  read: (ids: readonly string[]) => Promise<readonly Run[]>,
): Promise<{ runs: Run[]; isTruncated: boolean }> {
  const seen = new Set([start]);
  const runs: Run[] = [];
  let ids = [start];
  while (ids.length > 0) {
    const room = RUNS_MAX - runs.length;
    if (room === 0) return { runs, isTruncated: true };
    const found = new Map((await read(ids.slice(0, room))).map((run) => [run.id, run]));
    const isTruncated = ids.length > room;
    const level = ids.flatMap((id) => found.get(id) ?? []);
    runs.push(...level);
    if (isTruncated) return { runs, isTruncated };
    const next = new Set(level.flatMap(({ causes }) => causes.flatMap(runIdOf)));
    ids = [...next].filter((id) => !seen.has(id));
    for (const id of ids) seen.add(id);
  }
  return { runs, isTruncated: false };
}

function runIdOf(cause: FiringCause): string[] {
  if (cause.kind !== 'run' && cause.kind !== 'table') return [];
  return cause.run_id === null ? [] : [cause.run_id];
}

/** The namespace of what changed; undefined when it is in none. */
export function namespaceOfCause(cause: FiringCause): string | undefined {
  switch (cause.kind) {
    case 'run':
      return cause.pipeline.split('.', 1)[0];
    case 'table':
      return cause.table.split('.', 1)[0];
    case 'files':
      return cause.zone.split('/', 1)[0];
    case 'delivery':
    case 'person':
      return undefined;
  }
}
