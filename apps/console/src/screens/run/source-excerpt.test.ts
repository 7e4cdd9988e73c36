import { expect, test } from '@jest/globals';
import { excerptOf, indentTo, withoutExcerpt } from './source-excerpt.ts';

test('an excerpt has the numbers of the file, and ends with the file', () => {
  expect(excerptOf('a\nb\nc\nd\n', { line: 4, around: 1 })).toEqual([
    { number: 3, text: 'c' },
    { number: 4, text: 'd' },
  ]);
});

test('a caret stands below its column also behind tabs', () => {
  expect(indentTo('\tsum(x)', 2)).toBe('\t');
  expect(indentTo('ab\tc', 4)).toBe('  \t');
});

test('the excerpt of the engine, which is of another text, is left out of the message', () => {
  expect(withoutExcerpt('Binder Error: no column\n\nLINE 4:   x,\n          ^')).toBe(
    'Binder Error: no column',
  );
});
