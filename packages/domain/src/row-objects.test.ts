import { expect, test } from '@jest/globals';
import { distinctNames, rowObjects } from './row-objects.ts';

/** One value of a column of this type, as it is in an object. */
function inObject(type: string, value: unknown): unknown {
  return rowObjects([{ name: 'v', type }]).toObject([value])['v'];
}

test.each([
  ['BIGINT', '9007199254740991', 9_007_199_254_740_991],
  ['BIGINT', '9007199254740992', '9007199254740992'],
  ['BIGINT', '-7', -7],
  ['UBIGINT', '18446744073709551615', '18446744073709551615'],
  ['HUGEINT', '6', 6],
  ['BIGNUM', '12', 12],
  ['DECIMAL(18,2)', '12.10', 12.1],
  ['DECIMAL(38,20)', '0.00000000000000000001', 1e-20],
  ['DECIMAL(18,3)', '123456789012.345', 123_456_789_012.345],
  ['DECIMAL(18,3)', '1234567890123.456', '1234567890123.456'],
  ['DECIMAL(38,0)', '9007199254740993', '9007199254740993'],
  ['DOUBLE', 0.1, 0.1],
  ['DOUBLE', 'NaN', 'NaN'],
  ['VARCHAR', '7', '7'],
  ['DATE', '2026-02-12', '2026-02-12'],
  ['BIGINT', null, null],
])('a %s of %j is %j in an object', (type, value, expected) => {
  expect(inObject(type, value)).toBe(expected);
});

test('every decimal that becomes a number has the same digits as the text', () => {
  for (const text of ['0.1', '99999999999999.9', '0.123456789012345', '-999999999999999']) {
    expect(String(inObject('DECIMAL(38,15)', text))).toBe(text);
  }
});

test.each([
  ['BIGINT[]', ['1', null], [1, null]],
  ['DECIMAL(4,1)[2][]', [['1.5', '2.0']], [[1.5, 2]]],
  [
    'STRUCT("a, b" BIGINT, "c""d" STRUCT("e" HUGEINT), "t" VARCHAR)',
    { 'a, b': '1', 'c"d': { e: '2' }, t: '3' },
    { 'a, b': 1, 'c"d': { e: 2 }, t: '3' },
  ],
  ['MAP(VARCHAR, BIGINT)', [{ key: '1', value: '2' }], [{ key: '1', value: 2 }]],
  ['UNION("n" BIGINT, "s" VARCHAR)', { tag: 'n', value: '1' }, { tag: 'n', value: 1 }],
  ['UNION("n" BIGINT, "s" VARCHAR)', { tag: 's', value: '1' }, { tag: 's', value: '1' }],
  ["ENUM('a), BIGINT', 'b')[]", ['b'], ['b']],
  ['STRUCT("a" BIGINT, "A" BIGINT)', "{'a': 1, 'A': 2}", "{'a': 1, 'A': 2}"],
])('values within %s follow the same rule', (type, value, expected) => {
  expect(inObject(type, value)).toEqual(expected);
});

test('columns of one name get distinct keys, and the columns have the same names', () => {
  const type = 'INTEGER';
  const { columns, toObject } = rowObjects(
    ['id', 'ID', 'id_1', 'id', '__proto__'].map((name) => ({ name, type })),
  );
  const names = columns.map(({ name }) => name);
  expect(names).toEqual(['id', 'ID_1', 'id_1_1', 'id_2', '__proto__']);
  expect(Object.entries(toObject([1, 2, 3, 4, 5]))).toEqual(names.map((name, i) => [name, i + 1]));
});

test('names that differ stay as they are', () => {
  expect(distinctNames(['b', 'a'])).toEqual(['b', 'a']);
});
