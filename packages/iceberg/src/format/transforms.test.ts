import { describe, expect, test } from '@jest/globals';
import { UnsupportedTypeError } from './errors.ts';
import {
  parseTransform,
  partitionFieldName,
  sanitizeAvroName,
  transformResultType,
  transformSql,
} from './transforms.ts';

describe('transforms', () => {
  test('a foreign transform can be preserved but not written', () => {
    expect(parseTransform('bucket[16]')).toEqual({ kind: 'foreign', name: 'bucket[16]' });
    expect(transformResultType('bucket[16]', 'string')).toBe('int');
    expect(() => transformSql('bucket[16]', 'id', 'long')).toThrow(UnsupportedTypeError);
    expect(() => transformSql('zorder', 'id', 'long')).toThrow('can be read, not written');
  });

  test('a transform that the type does not support is refused by name', () => {
    expect(() => transformSql('hour', 'd', 'date')).toThrow('d is date');
    expect(() => transformSql('month', 's', 'string')).toThrow('s is string');
    expect(() => transformSql('truncate[4]', 'x', 'double')).toThrow('x is double');
  });

  test('a partition field never has the name of another column', () => {
    expect(partitionFieldName('identity', 'ts', new Set(['ts']))).toBe('ts');
    expect(partitionFieldName('day', 'ts', new Set(['ts', 'TS_day']))).toBe('ts_day_2');
    expect(partitionFieldName('truncate[4]', 'id', new Set(['id']))).toBe('id_trunc');
  });

  test.each([
    ['ts_day', 'ts_day'],
    ['9x', '_9x'],
    ['a.b', 'a_x2Eb'],
    ['order day', 'order_x20day'],
    ['é', '_xE9'],
  ])('the name %j becomes %j in Avro', (name, sanitized) => {
    expect(sanitizeAvroName(name)).toBe(sanitized);
  });
});
