import { expect, test } from '@jest/globals';
import { decodeFileName } from './decode-file-name.ts';

test('a file name in UTF-8 is read unchanged, with any character', () => {
  for (const name of [
    'a.csv',
    'e\u0301.csv',
    '\u{1f986}\u202e\ufeff\ufffd',
    '\ufeffa',
    'a\nb',
    '\\xe9',
  ]) {
    expect(decodeFileName(Buffer.from(name))).toEqual({ name, shown: name });
  }
});

test('bytes that are not UTF-8 are not a name, and each is displayed as hexadecimal', () => {
  const shown = (...bytes: number[]) => decodeFileName(Uint8Array.from(bytes));
  expect(decodeFileName(Buffer.from('caf\xe9.csv', 'latin1'))).toEqual({
    name: undefined,
    shown: 'caf\\xe9.csv',
  });
  expect(shown(0xc3, 0xa9, 0xff, 0xf0, 0x9f, 0xa6)).toEqual({
    name: undefined,
    shown: 'é\\xff\\xf0\\x9f\\xa6',
  });
});
