import { expect, test } from '@jest/globals';
import { formatRef, toLineageGraph, type LineagePipeline } from '@rat/domain';
import { findStaleAbove } from './read-graph.ts';

const pipeline = (name: string, reads: string[], hasSucceeded = true): LineagePipeline => ({
  address: `default.gold.${name}`,
  hasSucceeded,
  inputs: reads.map((target) => ({
    kind: 'ref',
    target: `default.gold.${target}`,
    declared: true,
    observed: true,
  })),
});

const ROOT = { namespace: 'default', layer: 'gold', name: 'root' } as const;

test('only pipelines from which data flows to the root are asked about and answered', async () => {
  const strangers = Array.from({ length: 1_000 }, (_, n) =>
    pipeline(`s${n}`, [`s${n + 1}`], false),
  );
  const graph = toLineageGraph([
    pipeline('top', ['source']),
    pipeline('middle', ['top']),
    pipeline('beside', ['fresh']),
    pipeline('fresh', []),
    pipeline('root', ['middle', 'beside']),
    pipeline('below', ['root', 's0'], false),
    ...strangers,
  ]);
  const asked: string[] = [];
  const stale = await findStaleAbove(graph, ROOT, async (reads) => {
    asked.push(...reads.map((read) => formatRef(read.pipeline)));
    return new Map([['default.gold.top', new Date(5)]]);
  });
  expect([...new Set(asked)].toSorted()).toEqual(
    ['beside', 'middle', 'root', 'top'].map((name) => `default.gold.${name}`),
  );
  expect([...stale].toSorted()).toEqual(
    ['middle', 'root', 'top'].map((name) => `default.gold.${name}`),
  );
});

test('a pipeline above that has never succeeded is stale with everything between it and the root', async () => {
  const graph = toLineageGraph([
    pipeline('new', [], false),
    pipeline('middle', ['new']),
    pipeline('root', ['middle']),
  ]);
  const stale = await findStaleAbove(graph, ROOT, async () => new Map());
  expect(stale).toEqual(new Set(['new', 'middle', 'root'].map((name) => `default.gold.${name}`)));
});
