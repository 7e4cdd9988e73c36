import picomatch from 'picomatch';

/** More wildcards would take seconds against a long name that almost matches. */
const WILDCARDS_MAX = 3;

const OPTIONS = { dot: true, noextglob: true, nonegate: true } as const;

/** Why a glob over names of files cannot be used; undefined when it can. */
export function checkPattern(pattern: string): string | undefined {
  const wildcards = pattern.match(/\*+/g)?.length ?? 0;
  if (wildcards > WILDCARDS_MAX) return `must have at most ${WILDCARDS_MAX} wildcards *`;
  if (pattern.includes('\0')) return 'must not contain a NUL character';
  try {
    picomatch.makeRe(pattern, OPTIONS);
    return undefined;
  } catch {
    return 'must be a glob such as orders-*.csv';
  }
}

/**
 * Returns the test whether the path of a file in a zone matches a glob; null: every file does. A glob
 * without a slash is compared with the name of the file, in whichever folder it is. `!` and extended
 * globs have no meaning.
 *
 * @example
 * matchFiles('orders-*.csv')('2026/orders-1.csv'); // true
 */
export function matchFiles(pattern: string | null): (path: string) => boolean {
  if (pattern === null) return () => true;
  return picomatch(pattern, { ...OPTIONS, basename: !pattern.includes('/') });
}
