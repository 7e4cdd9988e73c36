import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { splitStatements } from './split-statements.ts';

let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

test('DuckDB splits a text into the same statements', async () => {
  const value = fc.constantFrom(
    "'a;'",
    "'it''s;'",
    '$$;$$',
    '$x$;$$;$x$',
    "E'\\';'",
    "E'\\\\'",
    '1',
    '"c;" ',
    '$é$;$é$',
  );
  const gap = fc.constantFrom(' ', '\n', ' /* ; /* ; */ */ ', ' -- ;\n', ' -- ;\r');
  const select = fc
    .array(fc.tuple(gap, value), { minLength: 1, maxLength: 5 })
    .map((parts) => `select ${parts.map(([space, text]) => space + text).join(',')}`);
  const script = fc
    .array(fc.tuple(select, gap), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.map(([text, space]) => text + space).join(';'));
  await fc.assert(
    fc.asyncProperty(script, async (sql) => {
      const extracted = await connection.extractStatements(sql);
      expect(splitStatements(sql)).toHaveLength(extracted.count);
    }),
    { numRuns: 300 },
  );
});
