import { expect, test } from '@jest/globals';
import { formatRef, parseRef } from './pipeline-ref.ts';

test.each([
  ['silver.orders', 'default.silver.orders'],
  ['sales.gold.top-10', 'sales.gold.top-10'],
  ['a.bronze.b_c', 'a.bronze.b_c'],
])('%s names the table %s', (text, full) => {
  const ref = parseRef(text, 'default');
  expect(ref && formatRef(ref)).toBe(full);
});

test.each([
  'orders',
  'iron.orders',
  'a.b.c.d',
  'silver.Orders',
  'silver.',
  '.silver.x',
  'silver.or ders',
  '',
])('%j is not a table’s address', (text) => {
  expect(parseRef(text, 'default')).toBeUndefined();
});
