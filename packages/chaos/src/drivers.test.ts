import { describe, expect, test } from '@jest/globals';
import { contentAfter, driversOf, tagOf, totalsOf, versionOf } from './drivers.ts';

describe('what a driver’s table must hold', () => {
  const tags = (kind: Parameters<typeof contentAfter>[0], published: number[]): number[] =>
    contentAfter(kind, published).map((row) => row.tag);

  test('a mirror table holds only the newest run’s rows', () => {
    expect(tags('mirror', [3, 5])).toEqual([5, 5, 5]);
  });

  test('a ledger table shows a publish that is doubled or missing', () => {
    expect(tags('ledger', [5, 10])).toEqual([5, 5, 5, 10, 10, 10]);
    expect(tags('ledger', [5, 5, 10])).toHaveLength(9);
    expect(tags('ledger', [10])).toHaveLength(3);
  });

  test('a keyed table holds each id once, from the newest run that wrote it', () => {
    const rows = contentAfter('keyed', [0, 3]);
    expect(rows.map((row) => [row.id, row.tag])).toEqual([
      [0, 0],
      [3, 3],
      [6, 3],
      [9, 3],
      [1, 3],
      [4, 3],
      [7, 3],
    ]);
  });

  test('a newer run replaces each part of a table as a whole', () => {
    expect(tags('parts', [1, 6, 5])).toEqual([6, 6, 6, 6, 5, 5, 5]);
  });

  test('totals count the ledger that they read', () => {
    expect(totalsOf(9, contentAfter('ledger', [0]))).toEqual({ tag: 9, n: 3, h: 0 + 856 + 703 });
  });

  test('the tag of a version is read back from its SQL', () => {
    for (const driver of driversOf(7)) {
      const { sql } = versionOf(driver, 42, { build: 0, audit: 0 }) as { sql: string };
      expect(tagOf(sql)).toBe(42);
    }
  });
});
