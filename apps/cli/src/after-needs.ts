interface Node {
  pipeline: string;
  needs: readonly string[];
}

/**
 * The pipelines of a group, each after those that it needs; others keep their order. Two that ended since the last look
 * are printed in this order: the API lists a group by address.
 *
 * @example
 * afterNeeds([{ pipeline: 'gold', needs: ['silver'] }, { pipeline: 'silver', needs: [] }]); // silver, gold
 */
export function afterNeeds<T extends Node>(nodes: readonly T[]): T[] {
  const byAddress = new Map(nodes.map((node) => [node.pipeline, node]));
  const ordered = new Set<T>();
  const begun = new Set<T>();
  const add = (node: T): void => {
    if (begun.has(node)) return;
    begun.add(node);
    for (const address of node.needs) {
      const needed = byAddress.get(address);
      if (needed !== undefined) add(needed);
    }
    ordered.add(node);
  };
  for (const node of nodes) add(node);
  return [...ordered];
}
