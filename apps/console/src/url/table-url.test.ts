import { expect, test } from '@jest/globals';
import { parseTableUrl } from './table-url.ts';

test('the address of a table keeps its version and its tab', () => {
  const search = { tab: 'snapshots', from: '12', to: 'main', ns: 'shop' };
  expect(parseTableUrl(search)).toEqual(search);
});

test('the address of a table keeps how far its lineage reaches', () => {
  const search = { tab: 'lineage', up: '3', view: 'table' };
  expect(parseTableUrl(search)).toEqual({ tab: 'lineage', up: 3, view: 'table' });
});

test('a tab that does not exist and an empty parameter are left out', () => {
  expect(parseTableUrl({ tab: 'nonsense', branch: '', other: 'x' })).toEqual({});
});
