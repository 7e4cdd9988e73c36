import { expect, test } from '@jest/globals';
import { ProgressBar } from './progress-bar.ts';

const MIB = 1024 ** 2;

test('a bar shows bytes, the speed of the last seconds, and the time that is left', () => {
  let now = 0;
  const bar = new ProgressBar('orders.csv', 200 * MIB, () => now);
  expect(bar.draw(0, 120)).toBe(
    'orders.csv  ░░░░░░░░░░░░░░░░░░░░░░░░    0 %  0 B of 200.0 MiB  waiting',
  );
  now = 1_000;
  expect(bar.draw(50 * MIB, 120)).toBe(
    'orders.csv  ██████░░░░░░░░░░░░░░░░░░   25 %  50.0 MiB of 200.0 MiB  50.0 MiB/s  3.00 s left',
  );
  // From now on it is ten times slower.
  for (let n = 1; n <= 10; n += 1) {
    now = 1_000 + n * 1_000;
    bar.draw((50 + 5 * n) * MIB, 120);
  }
  expect(bar.draw(100 * MIB, 120)).toContain('5.0 MiB/s  20.0 s left');
  expect(bar.draw(200 * MIB, 120)).toContain('100 %  200.0 MiB of 200.0 MiB');
  expect(bar.draw(200 * MIB, 120)).toContain('storing');
});

test.each([40, 80, 100])('a bar is shorter than a terminal of %d columns', (width) => {
  const bar = new ProgressBar('a-file-with-a-long-name.parquet', 200 * MIB);
  expect([...bar.draw(50 * MIB, width)].length).toBeLessThan(width);
});

test('an empty file is sent as a whole', () => {
  expect(new ProgressBar('empty.csv', 0).draw(0, 100)).toContain('100 %');
});
