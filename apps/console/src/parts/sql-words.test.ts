import { expect, test } from '@jest/globals';
import { treeOf, wordsOf } from './sql-words.ts';

const table = (namespace: string, name: string, columns: string[]) => ({
  namespace,
  layer: 'silver' as const,
  name,
  columns: columns.map((column) => ({ name: column, type: 'VARCHAR' })),
});

const TABLES = [table('default', 'orders', ['id', 'customer']), table('shop', 'carts', ['id'])];

test('a table of another namespace is completed with its namespace', () => {
  expect(treeOf('default', TABLES)).toEqual({
    silver: { orders: ['id', 'customer'] },
    shop: { silver: { carts: ['id'] } },
  });
});

test('columns are offered only of the tables that the query names', () => {
  expect(wordsOf('default', TABLES, 'SELECT ')).toEqual(['silver.orders', 'shop.silver.carts']);
  expect(wordsOf('default', TABLES, 'SELECT  FROM silver.orders')).toEqual([
    'id',
    'customer',
    'silver.orders',
    'shop.silver.carts',
  ]);
});
