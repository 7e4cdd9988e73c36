import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EventRing } from './event-ring.ts';

const page = (from: number, to: number, text = 'x'): { seq: number; text: string }[] =>
  Array.from({ length: to - from + 1 }, (_, n) => ({ seq: from + n, text }));

const seqs = (items: readonly { seq: number }[]): number[] => items.map((item) => item.seq);

describe('EventRing', () => {
  test('a ring returns the items that it holds, and none outside of its range', () => {
    const ring = new EventRing({ maxItems: 5, maxLength: 1_000 });
    expect(ring.after(0, 10)).toEqual([]);
    ring.add(page(1, 8));
    expect(ring.lastSeq).toBe(8);
    expect(seqs(ring.after(3, 10))).toEqual([4, 5, 6, 7, 8]);
    expect(seqs(ring.after(5, 2))).toEqual([6, 7]);
    expect(ring.after(2, 10)).toEqual([]);
    expect(ring.after(8, 10)).toEqual([]);
    expect(ring.after(99, 10)).toEqual([]);
  });

  test('a ring ignores an older page, adds the end of an overlapping one, and restarts after a gap', () => {
    const ring = new EventRing({ maxItems: 100, maxLength: 1_000 });
    ring.add(page(4, 6));
    ring.add(page(1, 3));
    expect(seqs(ring.after(3, 10))).toEqual([4, 5, 6]);
    ring.add(page(5, 8));
    expect(seqs(ring.after(3, 10))).toEqual([4, 5, 6, 7, 8]);
    ring.add(page(20, 21));
    expect(ring.after(3, 10)).toEqual([]);
    expect(seqs(ring.after(19, 10))).toEqual([20, 21]);
  });

  test('a ring is bounded by the length of its text', () => {
    const ring = new EventRing({ maxItems: 100, maxLength: 25 });
    ring.add(page(1, 9, 'ten chars.'));
    expect(seqs(ring.after(7, 10))).toEqual([8, 9]);
    expect(ring.after(6, 10)).toEqual([]);
  });

  test('pages in any order never make a ring return items with a gap', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(50), fc.nat(20)), { maxLength: 30 }),
        fc.nat(80),
        fc.integer({ min: 1, max: 30 }),
        (pages, after, limit) => {
          const ring = new EventRing({ maxItems: 12, maxLength: 1_000 });
          for (const [from, length] of pages) ring.add(page(from + 1, from + length));
          const answer = ring.after(after, limit);
          expect(seqs(answer)).toEqual(answer.map((_, n) => after + 1 + n));
          expect(answer.length).toBeLessThanOrEqual(12);
        },
      ),
    );
  });
});
