import { describe, expect, test } from '@jest/globals';
import { decideRestart } from './restart-policy.ts';

describe('decideRestart', () => {
  test('the restart delay doubles with every crash of the last minute', () => {
    const delays = [1, 2, 3, 4].map((crashes) => {
      const decision = decideRestart(
        Array.from({ length: crashes }, (_, n) => n),
        10,
      );
      return decision.kind === 'restart' ? decision.delayMs : 'gave up';
    });
    expect(delays).toEqual([250, 500, 1_000, 2_000]);
  });

  test('after the fifth crash within a minute there is no restart', () => {
    expect(decideRestart([0, 10_000, 20_000, 30_000, 40_000], 40_000)).toEqual({ kind: 'give_up' });
  });

  test('crashes of more than a minute ago do not count', () => {
    expect(decideRestart([0, 1, 2, 3, 70_000], 70_000)).toEqual({ kind: 'restart', delayMs: 250 });
  });
});
