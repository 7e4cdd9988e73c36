import { expect, test } from '@jest/globals';
import { createRunId } from './create-run-id.ts';

test('ids are UUIDs of version 7, all different, in the order in which they were made', () => {
  const before = Date.now();
  // More than one millisecond has room for.
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
