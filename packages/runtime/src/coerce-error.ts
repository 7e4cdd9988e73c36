/** Converts any thrown value to an Error, with the value as its cause. */
export function coerceError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(typeof thrown === 'string' ? thrown : 'something that is no Error was thrown', {
    cause: thrown,
  });
}
