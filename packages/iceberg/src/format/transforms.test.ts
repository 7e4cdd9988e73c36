import { describe, expect, test } from '@jest/globals';
import {
  parseTransform,
  partitionFieldName,
  sanitizeAvroName,
  takesTransform,
  transformResultType,
} from './transforms.ts';

describe('transforms', () => {
  test('a foreign transform can be preserved but not written', () => {
    expect(parseTransform('bucket[16]')).toEqual({ kind: 'foreign', name: 'bucket[16]' });
    expect(transformResultType('bucket[16]', 'string')).toBe('int');
    expect(takesTransform('bucket[16]', 'long')).toBe(false);
    expect(takesTransform('zorder', 'long')).toBe(false);
  });

  test('each transform takes the types that the specification gives it', () => {
    const types = ['date', 'timestamp', 'timestamptz', 'string', 'int', 'decimal(9, 2)', 'double'];
    const taken = (transform: string): string[] =>
      types.filter((type) => takesTransform(transform, type));
    expect(taken('identity')).toEqual(types);
    expect(taken('day')).toEqual(['date', 'timestamp', 'timestamptz']);
    expect(taken('hour')).toEqual(['timestamp', 'timestamptz']);
    expect(taken('truncate[4]')).toEqual(['string', 'int', 'decimal(9, 2)']);
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
