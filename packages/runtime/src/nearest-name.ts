/** The known name that `word` is most likely a misspelling of; undefined when none is close. */
export function nearestName(word: string, known: readonly string[]): string | undefined {
  const plain = plainly(word);
  if (plain === '' || plain.length > LONGEST) return undefined;
  let best: { name: string; distance: number } | undefined;
  for (const name of known) {
    const distance = editDistance(plain, plainly(name));
    if (best === undefined || distance < best.distance) best = { name, distance };
  }
  // At most a third of the letters may differ: `stat` is close to `status`, `format` is not close
  // to `from`.
  return best !== undefined && best.distance <= Math.max(1, Math.floor(plain.length / 3))
    ? best.name
    : undefined;
}

/** `unknown <what> <word>`, with the known name that was most likely meant. */
export function describeUnknown(what: string, word: string, known: readonly string[]): string {
  const nearest = nearestName(word, known);
  const shown = word.length > LONGEST ? `${word.slice(0, LONGEST)}…` : word;
  return `unknown ${what} ${shown}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
}

const LONGEST = 64;

/** Ignores case, hyphens and underscores, which are the most frequent mistakes. */
function plainly(name: string): string {
  return name.toLowerCase().replaceAll(/[_\-\s[\]]/g, '');
}

/** Letters to insert, remove, replace or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          (last[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          (last[j - 1] ?? 0) + (isSame ? 0 : 1),
          isSwapped ? (beforeLast[j - 2] ?? 0) + 1 : Infinity,
        ),
      );
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
