import { expect, test } from '@jest/globals';
import { columnWidth, rangeText, sheetText } from './cell-text.ts';

const columns = [
  { name: 'id', type: 'INTEGER' },
  { name: 'note', type: 'VARCHAR' },
];
const rows = [
  [1, 'a\tb\nc'],
  [2, null],
  [3, { deep: true }],
];

test('a copied range has a tab between two cells and a line for each row, whatever the values hold', () => {
  expect(rangeText(rows, { top: 0, left: 0, bottom: 1, right: 1 })).toBe('1\ta b c\n2\t');
});

test('a copied sheet begins with the names of its columns', () => {
  expect(sheetText(columns, rows.slice(2))).toBe('id\tnote\n3\t{"deep":true}');
});

test('a long value makes a column no wider than a reader can use', () => {
  const wide = columnWidth({ name: 'x', type: 'VARCHAR' }, 0, [['y'.repeat(5_000)]]);
  expect(wide).toBeLessThan(400);
  expect(columnWidth({ name: 'x', type: 'INT' }, 0, [])).toBeGreaterThan(40);
});
