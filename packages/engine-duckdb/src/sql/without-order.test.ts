import { expect, test } from '@jest/globals';
import { withoutOrder } from './without-order.ts';

test.each([
  ['SELECT n FROM t ORDER BY n', 'SELECT n FROM t '],
  ['SELECT n FROM t\norder -- by\n by n DESC, m -- newest first', 'SELECT n FROM t\n'],
  ['SELECT 1 AS n UNION ALL SELECT 2 ORDER BY ALL', 'SELECT 1 AS n UNION ALL SELECT 2 '],
  ['FROM t SELECT list(n ORDER BY n) ORDER BY m', 'FROM t SELECT list(n ORDER BY n) '],
  [
    'SELECT l[1] FROM (SELECT l FROM t ORDER BY n LIMIT 3) ORDER BY 1',
    'SELECT l[1] FROM (SELECT l FROM t ORDER BY n LIMIT 3) ',
  ],
])('%s has as many rows as %s', (select, expected) => {
  expect(withoutOrder(select)).toBe(expected);
});

test.each([
  ['SELECT n FROM t'],
  ['SELECT n FROM t ORDER BY n LIMIT 3'],
  ['SELECT n FROM t ORDER BY n OFFSET 3'],
  ['SELECT n FROM t ORDER BY n FETCH FIRST 3 ROWS ONLY'],
  [`SELECT 'ORDER BY n' AS "order by", row_number() OVER (ORDER BY n) FROM t`],
  ['(SELECT n FROM t ORDER BY n)'],
])('%s stays as it is', (select) => {
  expect(withoutOrder(select)).toBe(select);
});
