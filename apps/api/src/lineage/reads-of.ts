import { parseRef, type LineageGraph, type PipelineRef } from '@rat/domain';

/** Which tables the SQL of these pipelines reads. */
export function readsOf(
  graph: LineageGraph,
  sources: ReadonlySet<string>,
): { pipeline: PipelineRef; table: PipelineRef }[] {
  return [...sources].flatMap((address) => {
    const pipeline = parseRef(address, '');
    if (pipeline === undefined) return [];
    return (graph.pipelines.get(address)?.inputs ?? []).flatMap(({ kind, target }) => {
      const table = kind === 'ref' ? parseRef(target, '') : undefined;
      return table === undefined ? [] : [{ pipeline, table }];
    });
  });
}
