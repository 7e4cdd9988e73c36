import type { AnswerOf } from '@rat/contracts';

export type Lineage = AnswerOf<'getLineage'>;
export type LineageNode = Lineage['nodes'][number];

/** A node with its distance: below 0 the pipeline reads it, above 0 it reads what the pipeline writes. */
export interface PlacedNode {
  node: LineageNode;
  distance: number;
}

/** The nodes in the order in which data flows, each at its least distance from the root. */
export function orderLineage(lineage: Lineage, root: string): PlacedNode[] {
  const distances = new Map([[root, 0]]);
  for (const step of [-1, 1] as const) walk(lineage, { root, step, distances });
  return lineage.nodes
    .flatMap((node) => {
      const distance = distances.get(node.id);
      return distance === undefined ? [] : [{ node, distance }];
    })
    .toSorted((a, b) => a.distance - b.distance || a.node.id.localeCompare(b.node.id));
}

function walk(
  { edges }: Lineage,
  { root, step, distances }: { root: string; step: -1 | 1; distances: Map<string, number> },
): void {
  let front = [root];
  for (let distance = step; front.length > 0; distance += step) {
    const known = front;
    front = edges
      .map(({ from, to }) => (step === 1 ? { here: from, next: to } : { here: to, next: from }))
      .filter(({ here, next }) => known.includes(here) && !distances.has(next))
      .map(({ next }) => next);
    for (const next of front) distances.set(next, distance);
  }
}
