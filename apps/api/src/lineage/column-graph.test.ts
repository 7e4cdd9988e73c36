import { expect, test } from '@jest/globals';
import { ColumnGraph } from './column-graph.ts';

const from = (...columns: string[]) =>
  columns.map((text) => {
    const [table = '', column = ''] = text.split(':');
    return { table, column };
  });

const LINEAGE = new Map([
  [
    's',
    [
      { name: 'Total', from: from('b:x', 'b:y') },
      { name: 'id', from: from('b:id') },
    ],
  ],
  ['b', null],
]);

test('a column has an edge from each origin, in letters of either case', () => {
  const graph = new ColumnGraph(10, () => true);
  const start = graph.begin('s', 'TOTAL', LINEAGE.get('s'));
  expect(start).toEqual([{ table: 's', column: 'Total' }]);
  const above = graph.addOrigins(start, LINEAGE);
  expect(above).toEqual(from('b:x', 'b:y'));
  expect(graph.addOrigins(above, LINEAGE)).toEqual([]);
  expect(graph.answer()).toEqual({
    nodes: [
      { id: 's:total', table: 's', column: 'Total' },
      { id: 'b:x', table: 'b', column: 'x' },
      { id: 'b:y', table: 'b', column: 'y' },
    ],
    edges: [
      { from: 'b:x', to: 's:total' },
      { from: 'b:y', to: 's:total' },
    ],
    unknown: ['b'],
    truncated: false,
  });
});

test('downwards only the columns that are computed from it are added, and a loop ends', () => {
  const graph = new ColumnGraph(10, () => true);
  const start = graph.begin('b', 'X', null);
  const loop = new Map([...LINEAGE, ['b', [{ name: 'x', from: from('s:total') }]] as const]);
  const below = graph.addDerived(start, loop);
  expect(below).toEqual([{ table: 's', column: 'Total' }]);
  expect(graph.addDerived(below, loop)).toEqual([]);
  expect(graph.answer().edges).toEqual([
    { from: 'b:x', to: 's:total' },
    { from: 's:total', to: 'b:x' },
  ]);
});

test('hidden tables are left out with their edges, and the answer names the limit', () => {
  const hidden = new ColumnGraph(10, (table) => table !== 'b');
  hidden.addOrigins(hidden.begin('s', undefined, LINEAGE.get('s')), LINEAGE);
  expect(hidden.answer()).toMatchObject({ nodes: [{ id: 's:total' }, { id: 's:id' }], edges: [] });
  const small = new ColumnGraph(2, () => true);
  small.addOrigins(small.begin('s', 'total', LINEAGE.get('s')), LINEAGE);
  expect(small.answer()).toMatchObject({ truncated: true, edges: [{ from: 'b:x' }] });
});
