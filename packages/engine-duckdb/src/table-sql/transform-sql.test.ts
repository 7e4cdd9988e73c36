import { expect, test } from '@jest/globals';
import { takesTransform, UnsupportedTypeError } from '@rat/iceberg';
import { transformSql } from './transform-sql.ts';

test('a foreign transform can be preserved but not written', () => {
  expect(() => transformSql('bucket[16]', 'id', 'long')).toThrow(UnsupportedTypeError);
  expect(() => transformSql('zorder', 'id', 'long')).toThrow('can be read, not written');
});

test('a transform that the type does not support is refused by name', () => {
  expect(() => transformSql('hour', 'd', 'date')).toThrow('d is date');
  expect(() => transformSql('month', 's', 'string')).toThrow('s is string');
  expect(() => transformSql('truncate[4]', 'x', 'double')).toThrow('x is double');
});

test.each(['identity', 'void', 'year', 'month', 'day', 'hour', 'truncate[3]', 'bucket[4]'])(
  'there is SQL for the transform %s of exactly those types that a table may have it of',
  (transform) => {
    const types = ['date', 'timestamp', 'timestamptz', 'string', 'int', 'long', 'decimal(9, 2)'];
    for (const type of [...types, 'boolean', 'uuid', 'time']) {
      const write = (): string => transformSql(transform, 'c', type);
      if (takesTransform(transform, type)) expect(write()).not.toBe('');
      else expect(write).toThrow(UnsupportedTypeError);
    }
  },
);
