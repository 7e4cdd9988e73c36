/**
 * The shortest way from `start` back to itself against `upstreamOf`, in the order of the runs: it begins
 * and ends with `start`. Undefined: there is none. It looks at each address once.
 *
 * @example
 * findCycle('a', (address) => ({ a: ['b'], b: ['a'] })[address] ?? []); // ['a', 'b', 'a']
 */
export function findCycle(
  start: string,
  upstreamOf: (address: string) => readonly string[],
): string[] | undefined {
  /** By address: the one below it on a shortest way down to `start`. */
  const below = new Map<string, string>();
  const open = [start];
  for (const address of open) {
    for (const upstream of upstreamOf(address)) {
      if (below.has(upstream)) continue;
      below.set(upstream, address);
      if (upstream === start) return pathOf(start, below);
      open.push(upstream);
    }
  }
  return undefined;
}

function pathOf(start: string, below: ReadonlyMap<string, string>): string[] {
  const path = [start];
  let at = below.get(start);
  while (at !== undefined && at !== start) {
    path.push(at);
    at = below.get(at);
  }
  return [...path, start];
}
