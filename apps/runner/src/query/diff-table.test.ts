import { expect, test } from '@jest/globals';
import { shareSample } from './diff-table.ts';

test('a sample shows the same number of each kind of change, and gives what one does not need to the others', () => {
  const many = { added: 100, removed: 100, changed: 100 };
  expect(shareSample(many, 9)).toEqual({ added: 3, removed: 3, changed: 3 });
  expect(shareSample({ ...many, added: 1 }, 9)).toEqual({ added: 1, removed: 4, changed: 4 });
  expect(shareSample({ added: 0, removed: 0, changed: 5 }, 100)).toEqual({
    added: 0,
    removed: 0,
    changed: 5,
  });
  const { added, removed, changed } = shareSample(many, 2);
  expect(added + removed + changed).toBe(2);
});
