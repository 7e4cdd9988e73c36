/**
 * The DuckDB pattern that matches exactly this path: DuckDB treats every path with `*`, `?` or `[`
 * as a pattern. There, a backslash separates folders and cannot be escaped. The narrowest class
 * that contains a backslash is the range from `[` to `]`.
 */
export function exactPattern(path: string): string {
  if (!/[*?[]/.test(path)) return path;
  return path.replace(/[*?[]/g, '[$&]').replaceAll('\\', '[[-]]');
}

/** The paths that DuckDB cannot read alone: their pattern also matches another of the paths. */
export function inexactPaths(paths: readonly string[]): string[] {
  const suspects = paths.filter((path) => path.includes('\\') && exactPattern(path) !== path);
  if (suspects.length === 0) return [];
  const blur = (path: string): string => path.replace(/[[\]]/g, '\\');
  const counts = new Map<string, number>();
  for (const path of paths) counts.set(blur(path), (counts.get(blur(path)) ?? 0) + 1);
  return suspects.filter((path) => (counts.get(blur(path)) ?? 0) > 1);
}
