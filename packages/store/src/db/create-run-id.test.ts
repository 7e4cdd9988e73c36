import { expect, test } from '@jest/globals';
import { createRunId } from './create-run-id.ts';

test('run ids are distinct UUIDs of version 7 that sort in the order of their creation', () => {
  const before = Date.now();
  // More ids than one millisecond can hold.
  const ids = Array.from({ length: 20_000 }, createRunId);
  expect(
    ids.filter(
      (id) => !/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(id),
    ),
  ).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ids);
  const ms = Number.parseInt((ids[0] ?? '').replace('-', '').slice(0, 12), 16);
  expect(ms).toBeGreaterThanOrEqual(before);
});
