import { describe, expect, test } from '@jest/globals';
import { formatRef, type PipelineRef } from '@rat/domain';
import { orderByTriggers } from './order-by-triggers.ts';

const at = (name: string, automationYaml?: string) => {
  const ref: PipelineRef = { namespace: 'default', layer: 'gold', name };
  return { ref, automationYaml };
};

const after = (...names: string[]): string =>
  `triggers:\n  t:\n    kind: upstream\n    config: { pipelines: [${names.join(', ')}] }\n`;

const orderOf = (...sources: ReturnType<typeof at>[]): string[] =>
  orderByTriggers(sources).map(({ ref }) => formatRef(ref).replace('default.gold.', ''));

describe('orderByTriggers', () => {
  test('a pipeline comes after those that it watches, and others keep their order', () => {
    const chain = [
      at('a', after('gold.c')),
      at('b'),
      at('c', after('default.gold.d', 'other.gold.x')),
      at('d'),
    ];
    expect(orderOf(...chain)).toEqual(['d', 'c', 'a', 'b']);
    const table = 'triggers:\n  t: { kind: table, config: { tables: [gold.b] } }\n';
    expect(orderOf(at('a', table), at('b'))).toEqual(['b', 'a']);
  });

  test('a cycle and a file with mistakes lose no pipeline', () => {
    expect(orderOf(at('a', after('gold.b')), at('b', after('gold.a')))).toEqual(['b', 'a']);
    expect(orderOf(at('a', 'triggers: ['), at('b'))).toEqual(['a', 'b']);
  });
});
