import type { Caller } from './caller.ts';

/**
 * Passes on a body that arrives slowly, as long as the right of its sender lasts. Throws UnauthenticatedError in place of the
 * end when the right has ended in between, so that a reader which stores at the end stores nothing.
 */
export async function* whileRightHolds<T>(
  caller: Pick<Caller, 'onRightEnded' | 'assertHolds'> | undefined,
  content: AsyncIterable<T>,
): AsyncGenerator<T> {
  let hasEnded = false;
  const unwatch = caller?.onRightEnded(() => {
    hasEnded = true;
  });
  try {
    for await (const piece of content) {
      if (hasEnded) await caller?.assertHolds();
      yield piece;
    }
    await caller?.assertHolds();
  } finally {
    unwatch?.();
  }
}
