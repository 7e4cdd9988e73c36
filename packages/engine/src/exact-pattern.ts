/**
 * The pattern by which DuckDB finds exactly the file of this path: it reads every path with `*`, `?` or `[` as a
 * pattern. In a pattern DuckDB takes a backslash for a separator of folders, and has no way to quote one. The narrowest
 * class that holds a backslash is the range from `[` to `]`.
 */
export function exactPattern(path: string): string {
  if (!/[*?[]/.test(path)) return path;
  return path.replace(/[*?[]/g, '[$&]').replaceAll('\\', '[[-]]');
}

/** The paths among these that DuckDB cannot read alone: their pattern matches a second one of them. */
export function inexactPaths(paths: readonly string[]): string[] {
  const suspects = paths.filter((path) => path.includes('\\') && exactPattern(path) !== path);
  if (suspects.length === 0) return [];
  const blur = (path: string): string => path.replace(/[[\]]/g, '\\');
  const counts = new Map<string, number>();
  for (const path of paths) counts.set(blur(path), (counts.get(blur(path)) ?? 0) + 1);
  return suspects.filter((path) => (counts.get(blur(path)) ?? 0) > 1);
}
