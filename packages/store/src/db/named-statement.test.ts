import { expect, test } from '@jest/globals';
import { namedStatement } from './named-statement.ts';

test('a named parameter becomes one positional parameter, however often the text repeats it', () => {
  const statement = namedStatement(
    'move',
    ['id', 'to_slot'],
    'UPDATE t SET slot = :to_slot::int, at = now() WHERE id = :id AND slot <> :to_slot',
  );
  expect(statement({ id: 'a', to_slot: 3 })).toEqual({
    name: 'move',
    text: 'UPDATE t SET slot = $2::int, at = now() WHERE id = $1 AND slot <> $2',
    values: ['a', 3],
  });
});

test('casts and colons inside of a time format are not parameters', () => {
  const statement = namedStatement(
    'format',
    ['at'],
    `SELECT to_char(:at::timestamptz, 'HH24:MI:SS')`,
  );
  expect(statement({ at: 0 }).text).toBe(`SELECT to_char($1::timestamptz, 'HH24:MI:SS')`);
});

test('a statement that uses an undeclared name, or leaves a declared one unused, is refused', () => {
  expect(() => namedStatement('x', ['id'], 'SELECT :id, :other')).toThrow(':other');
  expect(() => namedStatement('x', ['id', 'other'], 'SELECT :id')).toThrow(':other');
});
