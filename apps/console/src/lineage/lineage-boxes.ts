import type { AnswerOf } from '@rat/contracts';

export type LineageAnswer = AnswerOf<'getLineage'>;
type Node = LineageAnswer['nodes'][number];
type Edge = LineageAnswer['edges'][number];

/** A pipeline with the table that it writes, a table that no pipeline writes, or a landing zone. */
export interface LineageBox {
  id: string;
  kind: Node['kind'];
  namespace: string;
  /** Absent for a landing zone. */
  layer?: Node['layer'];
  name: string;
  /** Whether no run has written the table. */
  isMissing: boolean;
  run: Node['last_run'];
  staleSince: string | null;
  isInCycle: boolean;
  quality?: Node['quality'];
}

/** Data that flows from one box to another. */
export interface LineageFlow {
  from: string;
  to: string;
  kind: Exclude<Edge['kind'], 'produces'>;
  declared: boolean;
  observed: boolean;
}

export interface LineageBoxes {
  boxes: readonly LineageBox[];
  flows: readonly LineageFlow[];
}

/** The graph of the API with one box for a pipeline and its table: their edge says nothing that their names do not. */
export function toBoxes({ nodes, edges }: LineageAnswer): LineageBoxes {
  const known = new Map(nodes.map((node) => [node.id, node]));
  const writers = new Map(
    edges
      .filter(({ kind, from, to }) => kind === 'produces' && known.has(from) && known.has(to))
      .map(({ from, to }) => [to, from]),
  );
  const tables = new Map([...writers].map(([table, writer]) => [writer, known.get(table)]));
  const boxOf = (id: string): string => writers.get(id) ?? id;
  return {
    boxes: nodes
      .filter(({ id }) => !writers.has(id))
      .map((node) => toBox(node, tables.get(node.id) ?? node)),
    flows: edges.flatMap(({ kind, from, to, declared, observed }) =>
      kind === 'produces' || !known.has(from) || !known.has(to)
        ? []
        : [{ kind, from: boxOf(from), to: boxOf(to), declared, observed }],
    ),
  };
}

function toBox(node: Node, table: Node): LineageBox {
  const { id, kind, namespace, layer, name, quality } = node;
  return {
    id,
    kind,
    namespace,
    ...(layer !== undefined && { layer }),
    name,
    isMissing: !table.exists,
    run: node.last_run,
    staleSince: node.stale_since ?? table.stale_since,
    isInCycle: node.in_cycle,
    ...(quality !== undefined && { quality }),
  };
}

/** How a person names a box: `silver.orders`, or `default/raw` for a landing zone. */
export function nameOfBox(
  { namespace, layer, name }: LineageBox,
  chosen: string | undefined,
): string {
  if (layer === undefined) return `${namespace}/${name}`;
  const isOwn = namespace === (chosen ?? 'default');
  return isOwn ? `${layer}.${name}` : `${namespace}.${layer}.${name}`;
}

/** The box that a root of the API names: `layer.name`, `namespace.layer.name`, `namespace/zone` or the id of a node. */
export function findRoot(
  boxes: readonly LineageBox[],
  root: string,
  namespace: string,
): LineageBox | undefined {
  const place = root.replace(/^(pipeline|table|landing):/, '');
  return boxes.find((box) => {
    const { layer, name } = box;
    if (layer === undefined) return place === `${box.namespace}/${name}`;
    const full = `${box.namespace}.${layer}.${name}`;
    return place === full || `${namespace}.${place}` === full;
  });
}
