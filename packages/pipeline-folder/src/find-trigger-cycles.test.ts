import { expect, test } from '@jest/globals';
import type { PipelineRef } from '@rat/domain';
import { findTriggerCycles } from './find-trigger-cycles.ts';

const at = (name: string, ...watched: string[]) => {
  const ref: PipelineRef = { namespace: 'default', layer: 'gold', name };
  const pipelines = `[${watched.join(', ')}]`;
  const automationYaml = `triggers:\n  t:\n    kind: upstream\n    config: { pipelines: ${pipelines} }\n`;
  return { ref, automationYaml: watched.length === 0 ? undefined : automationYaml };
};

test('each trigger of a cycle is found, with its place and the pipelines in the order of their runs', () => {
  const found = findTriggerCycles([at('a', 'gold.b'), at('b', 'gold.c', 'gold.a'), at('c')], []);
  expect([...found.keys()]).toEqual(['default.gold.a', 'default.gold.b']);
  expect(found.get('default.gold.a')).toEqual([
    {
      path: 'automation.yaml',
      line: 4,
      column: 5,
      message:
        'triggers.t.config: the triggers make a cycle: default.gold.a → default.gold.b → default.gold.a',
    },
  ]);
});

test('a chain of triggers is no cycle, and neither is one that leaves the folder', () => {
  expect(findTriggerCycles([at('a', 'gold.b'), at('b', 'other.gold.a')], [])).toEqual(new Map());
});

test('a cycle leads through stored triggers, but for those that the folder replaces or removes', () => {
  const stored = (
    pipeline: string,
    watched: string,
    facts: { name?: string; by?: string } = {},
  ) => ({
    namespace: 'default',
    layer: 'gold' as const,
    pipeline,
    name: facts.name ?? 'stored',
    managed_by: facts.by ?? 'api',
    inputs: [{ input: `pipeline:default.gold.${watched}` }, { input: 'zone:default/orders' }],
  });
  const cycles = (...all: ReturnType<typeof stored>[]): string[] => [
    ...findTriggerCycles([at('a', 'gold.outside'), at('b')], all).keys(),
  ];
  expect(cycles(stored('outside', 'a'))).toEqual(['default.gold.a']);
  expect(cycles(stored('outside', 'b'), stored('b', 'a'))).toEqual(['default.gold.a']);
  // The file of b has no trigger any more.
  expect(cycles(stored('outside', 'b'), stored('b', 'a', { by: 'files' }))).toEqual([]);
});
