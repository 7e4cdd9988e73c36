import type { SearchAnswer } from '@rat/contracts';

type Result = SearchAnswer['results'][number];

/**
 * Orders results as the database orders its own: runs, which are found by their id, then names that
 * equal the text, names that begin with it, and names or addresses that contain it. Equals stay in
 * the order in which they are given.
 */
export function byCloseness(results: readonly Result[], q: string): Result[] {
  const text = q.toLowerCase();
  return results.toSorted((a, b) => distance(a, text) - distance(b, text));
}

function distance(result: Result, text: string): number {
  if (result.kind === 'run') return 0;
  const name = nameOf(result).toLowerCase();
  const address = addressOf(result).toLowerCase();
  if (name === text || address === text) return 1;
  if (name.startsWith(text)) return 2;
  return address.includes(text) ? 3 : 4;
}

function nameOf(result: Exclude<Result, { kind: 'run' }>): string {
  switch (result.kind) {
    case 'namespace':
      return result.namespace;
    case 'column':
      return result.column;
    default:
      return result.name;
  }
}

function addressOf(result: Exclude<Result, { kind: 'run' }>): string {
  switch (result.kind) {
    case 'namespace':
      return result.namespace;
    case 'landing_file':
      return `${result.namespace}/${result.zone}/${result.name}`;
    case 'column':
      return `${result.namespace}.${result.layer}.${result.name}.${result.column}`;
    default:
      return `${result.namespace}.${result.layer}.${result.name}`;
  }
}
