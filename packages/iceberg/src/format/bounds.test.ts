import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeValue, encodeValue, lowerBound, upperBound } from './bounds.ts';
import { daysFromText, textFromDays } from './calendar.ts';

const hex = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString('hex');

describe('single values', () => {
  test.each([
    ['boolean', 'true', '01'],
    ['int', '-2', 'feffffff'],
    ['long', '34', '2200000000000000'],
    ['float', '1.0', '0000803f'],
    ['double', '-inf', '000000000000f0ff'],
    ['date', '1969-12-31', 'ffffffff'],
    ['date', '0001-01-01', 'c606f5ff'],
    ['time', '00:00:01.5', '60e3160000000000'],
    ['timestamp', '1969-12-31 23:59:59.999999', 'ffffffffffffffff'],
    ['timestamptz', '1970-01-01 00:00:01+00', '40420f0000000000'],
    ['string', 'héé', '68c3a9c3a9'],
    ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7', 'f79c3e09677c4bbda4793f349cb785e7'],
    ['binary', '00FF', '00ff'],
    ['decimal(9, 2)', '14.20', '058c'],
    ['decimal(9, 2)', '-0.05', 'fb'],
    ['decimal(9, 0)', '128', '0080'],
    ['decimal(9, 0)', '-128', '80'],
    ['decimal(9, 2)', '0.00', '00'],
  ])('the %s %s is encoded as %s', (type, text, expected) => {
    const encoded = encodeValue(type, text);
    expect(hex(encoded)).toBe(expected);
    if (encoded === undefined) throw new Error('nothing was encoded');
    expect(hex(encodeValue(type, decodeValue(type, encoded)))).toBe(expected);
  });

  test('a bound of a type that was widened later is decoded by its length', () => {
    expect(decodeValue('long', Uint8Array.of(0xfe, 0xff, 0xff, 0xff))).toBe('-2');
    expect(decodeValue('double', Uint8Array.of(0, 0, 0x80, 0x3f))).toBe('1');
    expect(() => decodeValue('long', Uint8Array.of(1, 2))).toThrow('no long');
  });

  test('infinity cannot be encoded as a timestamp or a date', () => {
    expect(encodeValue('timestamp', 'infinity')).toBeUndefined();
    expect(encodeValue('date', '-infinity')).toBeUndefined();
  });

  test('every day of the proleptic calendar has exactly one text', () => {
    fc.assert(
      fc.property(fc.integer({ min: -2_000_000, max: 40_000_000 }), (days) => {
        expect(daysFromText(textFromDays(days))).toBe(days);
      }),
    );
  });

  test('a timestamp is decoded to the microsecond, before year 1 too', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 59n), max: 2n ** 62n }), (micros) => {
        const bytes = Buffer.alloc(8);
        bytes.writeBigInt64LE(micros);
        for (const type of ['timestamp', 'timestamptz']) {
          expect(hex(encodeValue(type, decodeValue(type, bytes)))).toBe(hex(bytes));
        }
      }),
    );
  });

  test('a decimal is encoded without loss in the fewest bytes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }), (unscaled) => {
        const text = unscaled.toString();
        const encoded = encodeValue('decimal(38, 0)', text) ?? new Uint8Array();
        expect(decodeValue('decimal(38, 0)', encoded)).toBe(text);
        expect(BigInt.asIntN(8 * encoded.length, unscaled)).toBe(unscaled);
        if (encoded.length > 1) {
          expect(BigInt.asIntN(8 * (encoded.length - 1), unscaled)).not.toBe(unscaled);
        }
      }),
    );
  });
});

describe('bounds', () => {
  test('the bounds of zero include both zeros', () => {
    for (const zero of ['0.0', '-0.0']) {
      expect(hex(lowerBound('double', zero))).toBe('0000000000000080');
      expect(hex(upperBound('double', zero))).toBe('0000000000000000');
    }
  });

  test('NaN gives no bound, and infinity does', () => {
    expect(lowerBound('double', 'nan')).toBeUndefined();
    expect(hex(upperBound('float', 'inf'))).toBe('0000807f');
  });

  const text = (bytes: Uint8Array | undefined) =>
    bytes === undefined ? undefined : Buffer.from(bytes).toString();

  test('the bounds of a long text are cut, down for the lower and up for the upper', () => {
    expect(text(lowerBound('string', 'abcdefghijklmnopqrs'))).toBe('abcdefghijklmnop');
    expect(text(upperBound('string', 'abcdefghijklmnopqrs'))).toBe('abcdefghijklmnoq');
    expect(text(upperBound('string', 'abcdefghijklmnop'))).toBe('abcdefghijklmnop');
  });

  test('an upper bound skips a last character without a successor', () => {
    expect(text(upperBound('string', `${'a'.repeat(15)}\u{10FFFF}x`))).toBe(`${'a'.repeat(14)}b`);
    expect(text(upperBound('string', `${'a'.repeat(15)}\uD7FFx`))).toBe(`${'a'.repeat(15)}\uE000`);
    expect(upperBound('string', '\u{10FFFF}'.repeat(17))).toBeUndefined();
    expect(hex(upperBound('binary', `01${'ff'.repeat(16)}`))).toBe('02');
    expect(upperBound('binary', 'ff'.repeat(17))).toBeUndefined();
  });

  test('a text lies between its bounds in the order of its bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (value) => {
        const bytes = Buffer.from(value, 'utf8');
        const lower = lowerBound('string', value);
        const upper = upperBound('string', value);
        expect(lower !== undefined && Buffer.compare(lower, bytes) <= 0).toBe(true);
        expect(upper === undefined || Buffer.compare(upper, bytes) >= 0).toBe(true);
        expect([...(text(upper) ?? '')].length).toBeLessThanOrEqual(16);
      }),
    );
  });
});
