/** More requests at once make an installation on one machine slower for others, and the answer is not there earlier. */
const WIDTH = 4;

/**
 * Acts on several items at once, and resolves with the results in the order of the items. The first error rejects, and no
 * further act begins.
 */
export async function mapAtOnce<T, R>(
  items: readonly T[],
  act: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const waiting = numbered(items);
  const work = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await act(item);
  };
  await Promise.all(Array.from({ length: WIDTH }, work));
  return results;
}

/** All workers take from it. The error of one leaves its loop, which ends a generator for the others too. */
function* numbered<T>(items: readonly T[]): Generator<[number, T]> {
  yield* items.entries();
}
