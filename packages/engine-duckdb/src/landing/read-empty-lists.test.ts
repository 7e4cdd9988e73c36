import { expect, test } from '@jest/globals';
import { emptyInputs, readEmptyLists } from './read-empty-lists.ts';

const LISTS = { 'landing_zone:z': 'z' };
const FILES = `getvariable('landing_zone:z')`;

function replace(text: string): { text: string; stillRead: string[] } {
  const { statement, stillRead } = readEmptyLists({ text, line: 3, column: 5 }, LISTS);
  return { text: statement.text, stillRead };
}

test.each([
  `read_csv(${FILES})`,
  `READ_CSV_AUTO( ${FILES} , header = true)`,
  `read_json(${FILES}, sample_size = -1)`,
  `read_parquet(${FILES}, union_by_name := true)`,
  `read_csv(${FILES}, filename = false)`,
  `read_csv(${FILES}, nullstr = ['filename', 'columns'])`,
])('the reader %s of an empty list becomes an input of the same length', (reader) => {
  const text = `SELECT n FROM ${reader} AS t WHERE n > 1`;
  const replaced = replace(text);
  expect(replaced.text).toHaveLength(text.length);
  expect(replaced.text).toMatch(/^SELECT n FROM memory\.rat_inputs\."z" +AS t WHERE n > 1$/);
  expect(replaced.stillRead).toEqual([]);
});

test('the reader with the option filename becomes an input that has this column', () => {
  const { text } = replace(`FROM read_csv(${FILES}, filename = true)`);
  expect(text).toMatch(/^FROM memory\.rat_inputs\."z\.filename" +$/);
});

test.each([
  [`read_csv(${FILES}, columns = {'n': 'INT', 'd': 'DATE'}, header = true)`, ''],
  [
    `read_csv(${FILES}, delim = ';', columns := {'n': 'INT', 'd': 'DATE'}, filename = true)`,
    ',filename=true',
  ],
])(
  'the reader %s, which names its columns, reads them from a file without content',
  (reader, added) => {
    const { text, stillRead } = replace(`FROM ${reader} AS t`);
    const json = `read_json(${FILES},columns={'n': 'INT', 'd': 'DATE'}${added})`;
    expect(text.replaceAll(/ +/g, ' ')).toBe(`FROM ${json} AS t`);
    expect(text.indexOf('AS t')).toBe(`FROM ${reader} AS t`.indexOf('AS t'));
    expect(stillRead).toEqual(['landing_zone:z']);
  },
);

test.each([
  `SELECT unnest(${FILES})`,
  `FROM read_text(${FILES})`,
  `FROM read_csv(getvariable('landing_zone:other'))`,
  `SELECT 'read_csv(${FILES.replaceAll("'", "''")})'`,
  `SELECT 1 -- read_csv(${FILES})`,
  `FROM read_csv(${FILES}`,
])('a text without a reader of the empty list stays: %s', (text) => {
  expect(replace(text).text).toBe(text);
});

test('lines and columns behind a reader stay where they were', () => {
  const text = `SELECT *\nFROM read_csv(\n  ${FILES},\n  header = true\n) t, read_parquet(${FILES}) u\nWHERE x`;
  const replaced = replace(text).text;
  expect(replaced.split('\n')).toHaveLength(6);
  expect(replaced.split('\n')[5]).toBe('WHERE x');
});

test('the inputs of an empty list have the columns and no rows', () => {
  const columns = [
    { name: 'n', type: 'BIGINT' },
    { name: 'a "b"', type: 'DECIMAL(10,2)' },
  ];
  expect(emptyInputs('z', columns)).toEqual({
    z: {
      sql: `SELECT CAST(NULL AS BIGINT) AS "n", CAST(NULL AS DECIMAL(10,2)) AS "a ""b""" WHERE false`,
      files: [],
    },
    'z.filename': {
      sql: expect.stringContaining('CAST(NULL AS VARCHAR) AS "filename" WHERE false'),
      files: [],
    },
  });
});

test('a type that is no plain type never becomes SQL', () => {
  expect(() => emptyInputs('z', [{ name: 'n', type: 'INT); DROP TABLE x; --' }])).toThrow(
    TypeError,
  );
});
