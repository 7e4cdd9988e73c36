import { expect, test } from '@jest/globals';
import { storableJson, storableText } from './storable.ts';

test('NUL and lone surrogates become the replacement character, everything else stays', () => {
  expect(storableText(`a\0b${'😀'.slice(0, 1)}c😀`)).toBe('a\uFFFDb\uFFFDc😀');
});

test('strings in JSON are made storable at any depth; keys and numbers stay', () => {
  expect(storableJson({ a: [{ b: 'x\0' }], n: 1, none: null })).toBe(
    '{"a":[{"b":"x\uFFFD"}],"n":1,"none":null}',
  );
});
