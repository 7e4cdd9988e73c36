import { expect, test } from '@jest/globals';
import { UnauthenticatedError } from '@rat/domain';
import { whileRightHolds } from './while-right-holds.ts';

/** A right that `end` withdraws; `looks` counts how often it was checked. */
function openRight() {
  const listeners = new Set<() => void>();
  const right = {
    looks: 0,
    hasEnded: false,
    onRightEnded: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    assertHolds: async () => {
      right.looks += 1;
      if (right.hasEnded) throw new UnauthenticatedError('over', true);
    },
    end: () => {
      right.hasEnded = true;
      for (const listener of listeners) listener();
    },
    listeners,
  };
  return right;
}

async function* piecesOf(count: number): AsyncGenerator<number> {
  for (let piece = 1; piece <= count; piece += 1) yield piece;
}

test('a body whose sender keeps the right arrives whole, with one look at the end', async () => {
  const right = openRight();
  const seen: number[] = [];
  for await (const piece of whileRightHolds(right, piecesOf(3))) seen.push(piece);
  expect(seen).toEqual([1, 2, 3]);
  expect(right.looks).toBe(1);
  expect(right.listeners.size).toBe(0);
});

test('a right that ends in the middle of a body stops the body at its next piece', async () => {
  const right = openRight();
  const seen: number[] = [];
  const read = async (): Promise<void> => {
    for await (const piece of whileRightHolds(right, piecesOf(9))) {
      seen.push(piece);
      if (piece === 2) right.end();
    }
  };
  await expect(read()).rejects.toThrow(UnauthenticatedError);
  expect(seen).toEqual([1, 2]);
  expect(right.listeners.size).toBe(0);
});

test('a right that ended without a notice is refused at the end of the body', async () => {
  const right = openRight();
  right.hasEnded = true;
  const read = async (): Promise<void> => {
    for await (const _piece of whileRightHolds(right, piecesOf(2)));
  };
  await expect(read()).rejects.toThrow(UnauthenticatedError);
});
