import { describe, expect, test } from '@jest/globals';
import { planMemory } from './memory-limits.ts';

const MB = 1024 * 1024;

describe('planMemory', () => {
  test.each([512, 1_024, 8_192])(
    'a process with a limit of %i MB is stopped at 1.5 times that limit at the latest',
    (limitMb) => {
      const { watchBytes, ceilingBytes } = planMemory({ memoryLimitMb: limitMb, threads: 1 });
      expect(ceilingBytes).toBe(1.5 * limitMb * MB);
      expect(watchBytes).toBeLessThan(ceilingBytes);
    },
  );

  test.each([64, 128, 256])(
    'a process with a limit of %i MB is stopped at 512 MB: reading one small CSV maps 412 MB',
    (limitMb) => {
      const { ceilingBytes } = planMemory({ memoryLimitMb: limitMb, threads: 1 });
      expect(ceilingBytes).toBe(512 * MB);
    },
  );

  test.each([64, 128, 256, 512, 4_096])(
    'a process with a limit of %i MB has room for its base and for twice the memory of DuckDB',
    (limitMb) => {
      const { engineMb, ceilingBytes } = planMemory({ memoryLimitMb: limitMb, threads: 1 });
      expect(150 + 2 * engineMb).toBeLessThanOrEqual(ceilingBytes / MB);
      expect(engineMb).toBeLessThanOrEqual(limitMb);
      expect(engineMb).toBeGreaterThanOrEqual(limitMb * 0.6);
    },
  );

  test('the stacks of many threads do not reduce DuckDB’s memory', () => {
    const one = planMemory({ memoryLimitMb: 512, threads: 1 });
    const many = planMemory({ memoryLimitMb: 512, threads: 16 });
    const stacks = 15 * 8 * MB;
    expect(many).toEqual({
      ...one,
      ceilingBytes: one.ceilingBytes + stacks,
      idleMappedBytes: one.idleMappedBytes + stacks,
    });
  });
});
