import { describe, expect, test } from '@jest/globals';
import { decodeHeader, decodeUtf8 } from './utf8.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('decodeUtf8', () => {
  test.each([
    ['61 fc 62', 'byte 2 (0xFC) is part of no character'],
    ['80', 'byte 1 (0x80) is part of no character'],
    ['61 62 c3', 'byte 3 (0xC3) is part of no character'],
    ['61 e2 82', 'byte 2 (0xE2) is part of no character'],
    ['61 ed a0 80', 'byte 2 (0xED) is part of no character'],
    ['c0 af', 'byte 1 (0xC0) is part of no character'],
    ['ff fe 61 00', 'it is UTF-16'],
    ['fe ff 00 61', 'it is UTF-16'],
  ])('%s is refused with its place', (hex, found) => {
    expect(() => decodeUtf8(bytes(hex), 'the body')).toThrow(`the body must be UTF-8: ${found}`);
  });

  test('valid UTF-8 is decoded unchanged, including a byte order mark', () => {
    const text = 'Zürich 東京 😀 \u0000';
    expect(decodeUtf8(Buffer.from(text), 'x')).toBe(text);
    expect(decodeUtf8(Buffer.from(`\ufeff${text}`), 'x')).toBe(`\ufeff${text}`);
  });

  test('the bytes of a header are decoded as UTF-8', () => {
    expect(decodeHeader(Buffer.from('Zürich').toString('latin1'), 'X')).toBe('Zürich');
    expect(() => decodeHeader('Z\u00fcrich', 'X-Requested-By')).toThrow(
      'X-Requested-By must be UTF-8',
    );
    expect(decodeHeader(undefined, 'X')).toBeUndefined();
  });
});
