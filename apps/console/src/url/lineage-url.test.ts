import { expect, test } from '@jest/globals';
import { parseLineageUrl } from './lineage-url.ts';

test('an address of a lineage keeps what can be chosen, and drops the rest', () => {
  expect(parseLineageUrl({ root: 'gold.revenue', up: '0', down: '5', view: 'table' })).toEqual({
    root: 'gold.revenue',
    up: 0,
    down: 5,
    view: 'table',
  });
  for (const up of ['', '-1', '4', '2', 'many', undefined])
    expect(parseLineageUrl({ up, root: '', view: 'picture' })).toEqual({});
});
