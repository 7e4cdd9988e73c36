import { expect, test } from '@jest/globals';
import { writtenText } from '@rat/engine';
import { splitStatements } from './split-statements.ts';
import { translateError } from './translate-error.ts';

test.each([
  ['from default.silver.x', 'from "default".silver.x'],
  ['from DEFAULT . Gold . "x-y"', 'from "DEFAULT" . Gold . "x-y"'],
  [
    'select default.silver.x.id from default.silver.x join order.bronze.y on true',
    'select "default".silver.x.id from "default".silver.x join "order".bronze.y on true',
  ],
  ['from default."silver".x', 'from "default"."silver".x'],
])('the namespace in %j is quoted', (sql, quoted) => {
  const [statement] = splitStatements(sql);
  expect(statement?.text).toBe(quoted);
  expect(statement && writtenText(statement)).toBe(sql);
});

test.each([
  "select 'from default.silver.x'",
  'select 1 -- from default.silver.x\n, 2',
  'select /* default.silver.x */ 1',
  'from "default".silver.x',
  'select "default.silver.x" from t',
  'select $$default.silver.x$$',
  'from silver.x',
  'select a.default.silver.x from t',
  'select default.iron.x',
  'select default.silver + x',
  'select 1.silver.x',
])('nothing is quoted in %j', (sql) => {
  expect(splitStatements(sql)).toEqual([{ text: sql, line: 1, column: 1 }]);
});

test('an error has its place in the text that the author wrote', () => {
  const sql = '\n select 1 from default.silver.x, default.gold.y\n where nope';
  const [statement] = splitStatements(sql);
  if (statement === undefined) throw new Error('a statement');
  const at = (word: string) => {
    const fields = {
      exception_type: 'Binder',
      exception_message: 'no',
      position: String(statement.text.indexOf(word)),
    };
    return translateError(new Error(JSON.stringify(fields)), statement);
  };
  expect(at('y')).toMatchObject({
    line: 2,
    column: 47,
    message:
      'Binder Error: no\n\nLINE 2: select 1 from default.silver.x, default.gold.y\n' +
      '                                                     ^',
    statement: sql.trim(),
  });
  expect(at('"default".gold')).toMatchObject({ line: 2, column: 34 });
  expect(at('nope')).toMatchObject({ line: 3, column: 8 });
});
