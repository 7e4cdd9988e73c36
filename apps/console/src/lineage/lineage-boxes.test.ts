import { expect, test } from '@jest/globals';
import { findRoot, nameOfBox, toBoxes, type LineageAnswer } from './lineage-boxes.ts';

function node(id: string, facts: object = {}): object {
  const [kind = '', place = ''] = id.split(':');
  const [namespace, layer, name] = place.split('.');
  const [zoneNamespace, zone] = place.split('/');
  return {
    id,
    kind,
    ...(kind === 'landing' ? { namespace: zoneNamespace, name: zone } : { namespace, layer, name }),
    exists: true,
    last_run: null,
    stale_since: null,
    in_cycle: false,
    ...facts,
  };
}

function edge(from: string, to: string, kind: string): object {
  return { from, to, kind, declared: true, observed: false };
}

const ANSWER = {
  nodes: [
    node('landing:default/raw'),
    node('table:default.bronze.rates'),
    node('pipeline:default.silver.orders'),
    node('table:default.silver.orders', { exists: false }),
    node('pipeline:shop.gold.revenue'),
  ],
  edges: [
    edge('landing:default/raw', 'pipeline:default.silver.orders', 'landing'),
    edge('table:default.bronze.rates', 'pipeline:default.silver.orders', 'test'),
    edge('pipeline:default.silver.orders', 'table:default.silver.orders', 'produces'),
    edge('table:default.silver.orders', 'pipeline:shop.gold.revenue', 'ref'),
    edge('table:default.gold.left_out', 'pipeline:shop.gold.revenue', 'ref'),
  ],
  truncated: false,
  complete: true,
} as unknown as LineageAnswer;

test('a pipeline and its table are one box, and edges to nodes that are left out are none', () => {
  const { boxes, flows } = toBoxes(ANSWER);
  expect(boxes.map(({ id, isMissing }) => [id, isMissing])).toEqual([
    ['landing:default/raw', false],
    ['table:default.bronze.rates', false],
    ['pipeline:default.silver.orders', true],
    ['pipeline:shop.gold.revenue', false],
  ]);
  expect(flows.map(({ from, to, kind }) => [from, to, kind])).toEqual([
    ['landing:default/raw', 'pipeline:default.silver.orders', 'landing'],
    ['table:default.bronze.rates', 'pipeline:default.silver.orders', 'test'],
    ['pipeline:default.silver.orders', 'pipeline:shop.gold.revenue', 'ref'],
  ]);
});

test('every form of a root names its box', () => {
  const { boxes } = toBoxes(ANSWER);
  const find = (root: string): string | undefined => findRoot(boxes, root, 'default')?.id;
  expect(find('silver.orders')).toBe('pipeline:default.silver.orders');
  expect(find('default.silver.orders')).toBe('pipeline:default.silver.orders');
  expect(find('table:default.silver.orders')).toBe('pipeline:default.silver.orders');
  expect(find('default/raw')).toBe('landing:default/raw');
  expect(find('gold.revenue')).toBeUndefined();
});

test('a box of another namespace has its namespace in its name', () => {
  const names = toBoxes(ANSWER).boxes.map((box) => nameOfBox(box, undefined));
  expect(names).toEqual(['default/raw', 'bronze.rates', 'silver.orders', 'shop.gold.revenue']);
});
