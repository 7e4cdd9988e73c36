import { Graph, layout } from '@dagrejs/dagre';

/** The size of a box on the screen; its style has the same. */
export const BOX_WIDTH = 216;
export const BOX_HEIGHT = 104;

/** What is placed: the boxes and who reads whom, without any fact that is shown of them. */
export interface PlacingOrder {
  ids: readonly string[];
  pairs: readonly (readonly [from: string, to: string])[];
  /** `right`: data flows from left to right; `down`: from top to bottom, for narrow screens. */
  direction: 'right' | 'down';
}

/** The corner of each box, left and top, in the order of the ids. */
export type PlacedBoxes = readonly (readonly [left: number, top: number])[];

/** Places the boxes in ranks along the flow of the data. The longest path is the ranker that stays quick with many boxes. */
export function placeBoxes({ ids, pairs, direction }: PlacingOrder): PlacedBoxes {
  const graph = new Graph();
  graph.setGraph({
    rankdir: direction === 'right' ? 'LR' : 'TB',
    ranker: 'longest-path',
    ranksep: direction === 'right' ? 136 : 64,
    nodesep: 24,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of ids) graph.setNode(id, { width: BOX_WIDTH, height: BOX_HEIGHT });
  for (const [from, to] of pairs) graph.setEdge(from, to);
  layout(graph);
  return ids.map((id) => {
    const { x = 0, y = 0 } = graph.node(id) as { x?: number; y?: number };
    return [x - BOX_WIDTH / 2, y - BOX_HEIGHT / 2];
  });
}
