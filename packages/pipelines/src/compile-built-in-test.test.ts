import { describe, expect, test } from '@jest/globals';
import { builtInTest, builtInTestName } from '@rat/contracts';
import {
  BuiltInTestError,
  builtInTestRef,
  compileBuiltInTest,
  type BuiltInTestContext,
} from './compile-built-in-test.ts';

const context: BuiltInTestContext = {
  pipeline: { namespace: 'shop', layer: 'silver', name: 'orders' },
  runStartedAt: '2026-07-01T10:00:00.000Z',
  columns: [
    { name: 'Id', type: 'BIGINT' },
    { name: 'say "hi"', type: 'VARCHAR' },
    { name: 'day', type: 'DATE' },
    { name: 'price', type: 'DECIMAL(10,2)' },
  ],
  columnsOfTables: new Map([['shop.bronze.people', ['ID', 'name']]]),
  mainRows: 200,
};

function compile(test: unknown, over: Partial<BuiltInTestContext> = {}): string {
  return compileBuiltInTest(builtInTest.parse(test), { ...context, ...over });
}

const SELF = '"shop.silver.orders"';

describe('compileBuiltInTest', () => {
  test('names in a built-in test are quoted and spelled as in the table', () => {
    expect(compile({ not_null: ['id', 'say "hi"'] })).toBe(
      `SELECT * FROM ${SELF} WHERE "Id" IS NULL OR "say ""hi""" IS NULL`,
    );
    expect(compile({ unique: 'ID' })).toBe(
      `SELECT "Id", count(*) AS occurrences FROM ${SELF} GROUP BY "Id" HAVING count(*) > 1`,
    );
  });

  test('values of a built-in test become literals of their column’s type, with their quotes escaped', () => {
    expect(compile({ accepted_values: { column: 'say "hi"', values: ["it's", 7, true] } })).toBe(
      `SELECT * FROM ${SELF} WHERE "say ""hi""" NOT IN ` +
        `(CAST('it''s' AS VARCHAR), CAST('7' AS VARCHAR), CAST('true' AS VARCHAR))`,
    );
    expect(compile({ accepted_values: { column: 'price', values: [1.5] } })).toContain(
      `CAST('1.5' AS DECIMAL(10,2))`,
    );
  });

  test('a relationships test adds an input to the run, unless it refers to the table itself', () => {
    const people = { relationships: { column: 'id', to: 'bronze.people', field: 'id' } };
    expect(builtInTestRef(builtInTest.parse(people), context.pipeline)).toEqual({
      namespace: 'shop',
      layer: 'bronze',
      name: 'people',
    });
    expect(compile(people)).toContain(
      '"__rat_tested"."Id" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "shop.bronze.people" AS ' +
        '"__rat_other" WHERE "__rat_other"."ID" = "__rat_tested"."Id")',
    );
    const own = { relationships: { column: 'id', to: 'shop.silver.orders', field: 'PRICE' } };
    expect(compile(own)).toContain(`FROM ${SELF} AS "__rat_other" WHERE "__rat_other"."price"`);
  });

  test('a row_count change is compared with main, unless main is empty or missing', () => {
    const change = { row_count: { max_change_pct: 10 } };
    expect(compile(change)).toContain('abs(row_count - 200) * 100.0 > 10 * 200');
    for (const mainRows of [undefined, 0]) {
      expect(compile(change, { mainRows })).not.toContain('abs(');
    }
  });

  test('freshness is measured from the start of the run', () => {
    expect(compile({ freshness: { column: 'day', max_age_hours: 1.5 } })).toContain(
      `< CAST('2026-07-01 08:30:00.000' AS TIMESTAMP)`,
    );
    expect(() => compile({ freshness: { column: 'id', max_age_hours: 1 } })).toThrow(
      new BuiltInTestError('column Id is BIGINT, which has no age'),
    );
  });

  test.each([
    [{ not_null: 'nope' }, 'the table has no column nope'],
    [
      { relationships: { column: 'id', to: 'bronze.people', field: 'nope' } },
      'bronze.people has no column nope',
    ],
  ])('a missing column is the author’s mistake: %j', (wrong, message) => {
    expect(() => compile(wrong)).toThrow(new BuiltInTestError(message));
  });
});

describe('a built-in test', () => {
  test.each([
    [{}],
    [{ not_null: 'a', unique: 'a' }],
    [{ not_null: [] }],
    [{ unique: ['a', 'A'] }],
    [{ not_nul: 'a' }],
    [{ accepted_values: { column: 'a', values: [] } }],
    [{ relationships: { column: 'a', to: 'people', field: 'id' } }],
    [{ relationships: { column: 'a', to: 'bronze.people' } }],
    [{ row_count: {} }],
    [{ row_count: { min: 2, max: 1 } }],
    [{ row_count: { min: -1 } }],
    [{ freshness: { column: 'a', max_age_hours: 0 } }],
    [{ not_null: 'a', severity: 'fatal' }],
  ])('a built-in test that is not exactly one complete check is refused: %j', (wrong) => {
    expect(builtInTest.safeParse(wrong).success).toBe(false);
  });

  test('a built-in test without a name is named after its check', () => {
    expect(builtInTestName({ not_null: ['id', 'Full Name'] })).toBe('not_null_id_full_name');
    expect(builtInTestName({ row_count: { min: 1 } })).toBe('row_count');
    expect(builtInTestName({ row_count: { min: 1 }, name: 'enough' })).toBe('enough');
  });
});
