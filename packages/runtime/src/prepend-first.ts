/**
 * An iterator from its beginning, when its first result was taken already to see whether it fails. To leave the iterator
 * closes `rest`, also before the first result is taken: a generator that never began would skip its `finally`.
 */
export function prependFirst<T>(
  first: IteratorResult<T, void>,
  rest: AsyncGenerator<T, void>,
): AsyncIterableIterator<T, void> {
  let isTaken = false;
  return {
    next: () => {
      if (isTaken) return rest.next();
      isTaken = true;
      return Promise.resolve(first);
    },
    return: () => {
      isTaken = true;
      return rest.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
