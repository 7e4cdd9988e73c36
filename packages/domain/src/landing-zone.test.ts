import { expect, test } from '@jest/globals';
import { decideEmptyZone, type OnEmpty } from './landing-zone.ts';

const COLUMNS = [{ name: 'id', type: 'BIGINT' }];

test.each<[OnEmpty | undefined, 'known' | 'unknown', string]>([
  [undefined, 'known', 'empty'],
  [undefined, 'unknown', 'fail'],
  ['skip', 'known', 'skip'],
  ['skip', 'unknown', 'skip'],
  ['fail', 'known', 'fail'],
  ['fail', 'unknown', 'fail'],
  ['empty', 'known', 'empty'],
])('an empty zone with on_empty %s and %s columns is decided as %s', (onEmpty, known, kind) => {
  const expectedColumns = known === 'known' ? COLUMNS : undefined;
  expect(decideEmptyZone({ onEmpty, expectedColumns }).kind).toBe(kind);
});

test('an empty zone that has no settings fails the run', () => {
  expect(decideEmptyZone(undefined)).toEqual({ kind: 'fail' });
});
