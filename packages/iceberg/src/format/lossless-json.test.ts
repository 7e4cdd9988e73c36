import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseLosslessJson, stringifyLosslessJson } from './lossless-json.ts';

describe('lossless JSON', () => {
  test('a snapshot id above 2^53 keeps every digit in JSON', () => {
    const text = '{"snapshot-id":7630481471073686895,"n":-9223372036854775808}';
    const parsed = parseLosslessJson(text);
    expect(parsed).toEqual({ 'snapshot-id': 7630481471073686895n, n: -9223372036854775808n });
    expect(stringifyLosslessJson(parsed)).toBe(text);
  });

  test('a short integer and a long fraction stay numbers in lossless JSON', () => {
    expect(parseLosslessJson('[123456789012345, 1.23456789012345678, 1e20, -0]')).toEqual([
      123456789012345, 1.2345678901234567, 1e20, -0,
    ]);
  });

  test('digits within JSON strings and keys stay text', () => {
    const value = { '1234567890123456789': 'a "1234567890123456789" \\', b: '\u0000n12' };
    expect(parseLosslessJson(JSON.stringify(value))).toEqual(value);
  });

  test('any JSON value survives a round trip', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // Numbers of 16 digits and more become bigints by design.
        const text = JSON.stringify(value, (_key, member: unknown) =>
          typeof member === 'number' && Math.abs(member) >= 1e15 ? 1 : member,
        );
        expect(stringifyLosslessJson(parseLosslessJson(text))).toBe(
          JSON.stringify(JSON.parse(text)),
        );
      }),
    );
  });

  test('any 64-bit integer survives a JSON round trip', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (id) => {
        expect(
          BigInt(parseLosslessJson(stringifyLosslessJson({ id }).slice(6, -1)) as number),
        ).toBe(id);
      }),
    );
  });

  test('a value that JSON cannot represent is refused', () => {
    expect(() => stringifyLosslessJson({ a: Number.NaN })).toThrow(TypeError);
    expect(() => parseLosslessJson('{"a":}')).toThrow(SyntaxError);
  });
});
