/** The namespaces that a principal, or what it has written, may read; undefined: all. */
export type NamespaceSet = readonly string[] | undefined;

/** The namespaces of both sets. */
export function intersectNamespaces(one: NamespaceSet, other: NamespaceSet): NamespaceSet {
  if (one === undefined || other === undefined) return one ?? other;
  return one.filter((name) => other.includes(name));
}

/** Whether a set has every namespace of another one. */
export function includesNamespaces(outer: NamespaceSet, inner: NamespaceSet): boolean {
  if (outer === undefined) return true;
  return inner?.every((name) => outer.includes(name)) ?? false;
}
