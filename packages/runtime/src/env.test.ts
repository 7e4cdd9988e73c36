import { expect, test } from '@jest/globals';
import { acceptOldNames } from './env.ts';

const RENAMED = { RAT_OLD: 'RAT_NEW' };

test('a variable under its old name is used under its new one, and reported', () => {
  const { source, oldNames } = acceptOldNames({ RAT_OLD: '1' }, RENAMED);
  expect(source['RAT_NEW']).toBe('1');
  expect(oldNames).toEqual(['RAT_OLD']);
});

test('the new name wins over the old one', () => {
  const { source } = acceptOldNames({ RAT_OLD: '1', RAT_NEW: '2' }, RENAMED);
  expect(source['RAT_NEW']).toBe('2');
});

test('an empty variable counts as unset under both names', () => {
  expect(acceptOldNames({ RAT_OLD: '' }, RENAMED).oldNames).toEqual([]);
  expect(acceptOldNames({ RAT_OLD: '1', RAT_NEW: '' }, RENAMED).source['RAT_NEW']).toBe('1');
});
