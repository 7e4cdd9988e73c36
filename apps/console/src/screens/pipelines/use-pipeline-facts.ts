import { useQuery } from '@tanstack/react-query';
import { rat } from '../../client.ts';

/** What the list shows of a pipeline beside its runs. */
export interface PipelineFacts {
  /** When it runs next by a schedule or a trigger, by the id of the pipeline. */
  next: ReadonlyMap<string, string>;
  /** The rows of its table, by `namespace.layer.name`. */
  rows: ReadonlyMap<string, number>;
}

/** The most schedules and tables that are requested. */
const PAGES_MAX = 200;

/** The next times and the rows of pipelines. A part that has no answer is empty: the list does not wait for it. */
export function usePipelineFacts(namespace: string | undefined): PipelineFacts {
  const schedules = useQuery({
    queryKey: ['schedules', 'list', namespace],
    queryFn: ({ signal }) =>
      rat.schedules.list({ namespace, limit: PAGES_MAX }, { signal }).first(),
    staleTime: 10_000,
    refetchInterval: 60_000,
  });
  const tables = useQuery({
    queryKey: ['tables', 'facts', namespace],
    queryFn: ({ signal }) => rat.tables.list({ namespace, limit: PAGES_MAX }, { signal }).first(),
    refetchInterval: 60_000,
  });
  const next = new Map<string, string>();
  for (const { pipeline_id: id, next_fire_at: at } of schedules.data?.schedules ?? []) {
    const known = next.get(id);
    if (at !== null && (known === undefined || at < known)) next.set(id, at);
  }
  const rows = new Map(
    (tables.data?.tables ?? []).flatMap(({ namespace: ns, layer, name, rows: count }) =>
      count === null ? [] : [[`${ns}.${layer}.${name}`, count] as const],
    ),
  );
  return { next, rows };
}
