/** The known key that an unknown key probably means; undefined when none is similar. */
export function nearestKey(key: string, known: readonly string[]): string | undefined {
  const meant = normal(key);
  const ranked = known
    .map((candidate) => ({ candidate, distance: distance(meant, candidate) }))
    .toSorted((a, b) => a.distance - b.distance);
  const [first] = ranked;
  if (first === undefined) return undefined;
  if (first.distance <= Math.max(1, Math.floor(first.candidate.length / 4))) return first.candidate;
  // Matches `timeout` with `timeout_seconds`, in both directions.
  const isPart = (candidate: string): boolean =>
    meant.length >= 4 && (candidate.startsWith(meant) || meant.startsWith(`${candidate}_`));
  return known.find(isPart);
}

/** The message for an unknown key, with the known keys and the most similar one. */
export function unknownKey(key: string, known: readonly string[]): string {
  const nearest = nearestKey(key, known);
  const hint = nearest === undefined ? '' : ` did you mean ${nearest}?`;
  return `unknown key;${hint} the keys are ${known.join(', ')}`;
}

/** Normalises a key's spelling: lower case, underscores, no invisible characters. */
function normal(key: string): string {
  return key
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/(?<=\p{Ll})\p{Lu}/gu, '_$&')
    .toLowerCase()
    .replaceAll(/[\s.-]+/g, '_');
}

/** The edit distance: insertions, deletions, replacements and swaps of adjacent characters. */
function distance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > 5) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const isSame = one[i - 1] === other[j - 1];
      const costs = [
        (row[j - 1] ?? 0) + 1,
        (last[j] ?? 0) + 1,
        (last[j - 1] ?? 0) + (isSame ? 0 : 1),
      ];
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
        costs.push((before[j - 2] ?? 0) + 1);
      }
      row.push(Math.min(...costs));
    }
    before = last;
    last = row;
  }
  return last[other.length] ?? 0;
}
