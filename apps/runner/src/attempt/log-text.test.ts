import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LINE_MAX_BYTES, toLogText } from './log-text.ts';

describe('toLogText', () => {
  test('ordinary text stays unchanged, including tabs and line feeds', () => {
    expect(toLogText('one\n\ttwo ü 漢 🦆')).toBe('one\n\ttwo ü 漢 🦆');
  });

  test('control characters become visible, so no terminal is cleared and Postgres refuses no line', () => {
    expect(toLogText('a\0b\u001b[2Jc\rd\r\ne\u007f\u009b')).toBe('a␀b␛[2Jc␍d\ne␡�');
    expect(toLogText('half \ud83e')).toBe('half �');
  });

  test('a line of exactly the greatest length is kept whole, and one byte more is cut with a note', () => {
    expect(toLogText('x'.repeat(LINE_MAX_BYTES))).toBe('x'.repeat(LINE_MAX_BYTES));
    expect(toLogText('x'.repeat(LINE_MAX_BYTES + 1))).toBe(
      `${'x'.repeat(LINE_MAX_BYTES)}… [truncated 1 bytes]`,
    );
    expect(toLogText('x'.repeat(10_000_000))).toContain('… [truncated 9983616 bytes]');
  });

  test('toLogText turns any text into bounded, well-formed text without control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        const line = toLogText(text, 32);
        expect(line.isWellFormed()).toBe(true);
        // oxlint-disable-next-line no-control-regex -- what must not be there
        expect(line).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/);
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(32 + 40);
      }),
    );
  });
});
