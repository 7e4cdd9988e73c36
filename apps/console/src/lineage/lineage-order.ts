import type { LineageBox, LineageBoxes } from './lineage-boxes.ts';

/** A box with its distance: below 0 the root reads it, above 0 it reads what the root writes. */
export interface OrderedBox {
  box: LineageBox;
  /** Undefined without a root. */
  distance: number | undefined;
}

/** The boxes in the order in which data flows, each at its least distance from the root; without a root by their names. */
export function orderLineage(
  { boxes, flows }: LineageBoxes,
  root: string | undefined,
): OrderedBox[] {
  const distances = new Map<string, number>();
  if (root !== undefined) {
    distances.set(root, 0);
    walk(distances, { root, step: -1, next: group(flows.map(({ from, to }) => [to, from])) });
    walk(distances, { root, step: 1, next: group(flows.map(({ from, to }) => [from, to])) });
  }
  return boxes
    .map((box) => ({ box, distance: distances.get(box.id) }))
    .toSorted((a, b) => (a.distance ?? 0) - (b.distance ?? 0) || a.box.id.localeCompare(b.box.id));
}

function group(pairs: readonly (readonly [string, string])[]): ReadonlyMap<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [key, value] of pairs) {
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [value]);
    else known.push(value);
  }
  return groups;
}

function walk(
  distances: Map<string, number>,
  { root, step, next }: { root: string; step: -1 | 1; next: ReadonlyMap<string, string[]> },
): void {
  let front = [root];
  for (let distance: number = step; front.length > 0; distance += step) {
    const found = new Set(front.flatMap((id) => next.get(id) ?? []));
    front = [...found].filter((id) => !distances.has(id));
    for (const id of front) distances.set(id, distance);
  }
}
