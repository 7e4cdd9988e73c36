import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { explainedText, leadingWords, splitStatements } from './split-statements.ts';

describe('splitStatements', () => {
  test('each statement has its position, and no semicolon or outer comments', () => {
    const sql = '-- @a: b\ncreate table t as select 1; -- note\n\n  select *\n  from t\n;\n';
    expect(splitStatements(sql)).toEqual([
      { text: 'create table t as select 1', line: 2, column: 1 },
      { text: 'select *\n  from t', line: 4, column: 3 },
    ]);
  });

  test('a text without a token has no statement', () => {
    expect(splitStatements('-- nothing\n/* ; */ ;;\n')).toEqual([]);
  });

  test('columns count code points', () => {
    expect(splitStatements("select '𝒳é'; select 2")[1]).toMatchObject({ line: 1, column: 14 });
  });

  test('splitting very many statements takes linear time', () => {
    expect(splitStatements('select 1;\n'.repeat(100_000))).toHaveLength(100_000);
  });

  // Pieces that all contain a semicolon that does not end a statement.
  const harmless = fc.constantFrom(
    "'a;b'",
    "'it''s;'",
    '"c;""d"',
    '$$;$$',
    '$x$;$$;$x$',
    "E'\\';'",
    '/* ; /* ; */ */',
    '-- ;\n',
    '\n',
    'word',
    'é𝒳',
    '(1 + 2)',
  );
  const statement = fc
    .array(harmless, { minLength: 1, maxLength: 8 })
    .map((pieces) => `select ${pieces.join(' ')} end`);

  test('joined statements are split again exactly', () => {
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 6 }), (statements) => {
        const found = splitStatements(statements.map((text) => `${text};`).join('\n'));
        expect(found.map(({ text }) => text)).toEqual(statements);
      }),
    );
  });

  test('every statement’s position refers to its own text, for any input', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(statement), (noise, statements) => {
        const sql = [noise, ...statements].join(';\n');
        for (const { text, line, column } of splitStatements(sql)) {
          const lines = sql.split('\n').slice(line - 1);
          const rest = [...lines.join('\n')].slice(column - 1).join('');
          expect(rest.startsWith(text)).toBe(true);
        }
      }),
    );
  });
});

describe('leadingWords', () => {
  test('leading words skip comments and stop at the first token that is no word', () => {
    expect(leadingWords('/* a */ SET -- b\n Variable "x" = 1', 5)).toEqual(['set', 'variable']);
    expect(leadingWords('a b c', 2)).toEqual(['a', 'b']);
  });
});

describe('explainedText', () => {
  test.each([
    ['explain select 1', 'select 1'],
    ['EXPLAIN ANALYZE copy t to 1', 'copy t to 1'],
    ['explain (analyze, format json) copy t to 1', 'copy t to 1'],
    ['explain (select 1)', '(select 1)'],
    ['explain /* x */ analyze (a) (select 1)', '(select 1)'],
    ['explain', ''],
  ])('the statement %j explains %j', (sql, inner) => {
    expect(explainedText(sql)).toBe(inner);
  });

  test('a statement without EXPLAIN explains no other', () => {
    expect(explainedText('select explain')).toBeUndefined();
  });
});
