import { expect, test } from '@jest/globals';
import { parseRef, type PipelineRef } from '@rat/domain';
import { findCycle } from './find-cycle.ts';

function ref(name: string): PipelineRef {
  const parsed = parseRef(`silver.${name}`, 'd');
  if (parsed === undefined) throw new Error('no ref');
  return parsed;
}

function search(refs: Record<string, string[]>, start: string): Promise<string[] | undefined> {
  const stored = new Map(
    Object.entries(refs).map(([name, names]) => [`d.silver.${name}`, names.map(ref)]),
  );
  return findCycle(ref(start), (refs[start] ?? []).map(ref), () => Promise.resolve(stored));
}

test('a cycle is named in its order, from the pipeline back to it', async () => {
  const found = await search({ a: ['x', 'b'], b: ['c'], c: ['a'], x: [] }, 'a');
  expect(found).toEqual(['d.silver.a', 'd.silver.b', 'd.silver.c', 'd.silver.a']);
});

test('a cycle of other pipelines, and a pipeline that reads its own table, are no cycle', async () => {
  expect(await search({ a: ['b'], b: ['c'], c: ['b'] }, 'a')).toBeUndefined();
  expect(await search({ a: ['a', 'b'], b: ['b'] }, 'a')).toBeUndefined();
});
