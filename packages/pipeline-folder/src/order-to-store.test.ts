import { describe, expect, test } from '@jest/globals';
import { formatRef, type PipelineRef } from '@rat/domain';
import { orderToStore } from './order-to-store.ts';

const at = (name: string, automationYaml?: string) => {
  const ref: PipelineRef = { namespace: 'default', layer: 'gold', name };
  return { ref, automationYaml };
};

const after = (...names: string[]): string =>
  `triggers:\n  t:\n    kind: upstream\n    config: { pipelines: [${names.join(', ')}] }\n`;

const orderOf = (
  sources: ReturnType<typeof at>[],
  refs: Record<string, readonly string[]> = {},
): string[] => {
  const address = (name: string): string => `default.gold.${name}`;
  const byAddress = Object.entries(refs).map(
    ([name, read]) => [address(name), read.map(address)] as const,
  );
  return orderToStore(sources, new Map(byAddress)).map(({ ref }) =>
    formatRef(ref).replace('default.gold.', ''),
  );
};

describe('orderToStore', () => {
  test('a pipeline comes after those that it watches, and others keep their order', () => {
    const chain = [
      at('a', after('gold.c')),
      at('b'),
      at('c', after('default.gold.d', 'other.gold.x')),
      at('d'),
    ];
    expect(orderOf(chain)).toEqual(['d', 'c', 'a', 'b']);
    const table = 'triggers:\n  t: { kind: table, config: { tables: [gold.b] } }\n';
    expect(orderOf([at('a', table), at('b')])).toEqual(['b', 'a']);
  });

  test('a pipeline comes after those that it reads, and reading itself changes nothing', () => {
    const refs = { a: ['c', 'elsewhere'], b: ['b'], c: ['d'] };
    expect(orderOf([at('a'), at('b'), at('c'), at('d')], refs)).toEqual(['d', 'c', 'a', 'b']);
  });

  test('where a pipeline reads one that watches it, the order is that of the triggers', () => {
    const both = [at('a'), at('b', after('gold.a'))];
    expect(orderOf(both, { a: ['b'] })).toEqual(['a', 'b']);
  });

  test('a cycle and a file with mistakes lose no pipeline', () => {
    const watching = [at('a', after('gold.b')), at('b', after('gold.a'))];
    expect(orderOf(watching).toSorted()).toEqual(['a', 'b']);
    expect(orderOf([at('a'), at('b')], { a: ['b'], b: ['a'] }).toSorted()).toEqual(['a', 'b']);
    expect(orderOf([at('a', 'triggers: ['), at('b')])).toEqual(['a', 'b']);
  });
});
