/**
 * The namespace that a request itself names. For an operation whose handler leaves out what is of other namespaces, and whose
 * filter is so never that of the principal.
 */
export function namedNamespace(
  namespace: string | readonly string[] | undefined,
): string | undefined {
  return typeof namespace === 'string' ? namespace : undefined;
}
