/** A generator from its beginning, when its first answer was asked for already: to see whether it has one at all. */
export async function* withFirst<T>(
  first: IteratorResult<T, void>,
  rest: AsyncGenerator<T, void>,
): AsyncGenerator<T, void> {
  if (first.done) return;
  try {
    yield first.value;
    yield* rest;
  } finally {
    // Also for one that is left at its first answer.
    await rest.return();
  }
}
