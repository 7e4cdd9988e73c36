import { expect, test } from '@jest/globals';
import { UnknownObjects } from './unknown-objects.ts';

const at = (text: string) => ({ text, line: 1, column: 1 });

test('what a statement defines from something unknown is unknown too, by any spelling of its name', () => {
  const unknown = new UnknownObjects(['memory.rat_inputs."a.bronze.b"', "landing_zone:in'"]);
  expect(unknown.isUsedBy(at('SELECT * FROM t'))).toBe(false);
  for (const text of [
    'CREATE OR REPLACE TEMP TABLE main.t AS FROM memory.rat_inputs."a.bronze.b"',
    'create view if not exists "My View" as select 1',
    "SET VARIABLE greatest = (SELECT max(x) FROM read_csv(getvariable('landing_zone:in')))",
    'CREATE MACRO plus_one(x) AS x + 1',
  ]) {
    unknown.add(at(text));
  }
  for (const text of [
    'SELECT * FROM T',
    'SELECT * FROM "my view"',
    "SELECT getvariable('greatest')",
    'SELECT plus_one(1)',
    "SELECT * FROM read_csv(getvariable('landing_zone:in'))",
  ]) {
    expect(unknown.isUsedBy(at(text))).toBe(true);
  }
  expect(unknown.isUsedBy(at("SELECT * FROM read_csv(getvariable('landing_zone:inner'))"))).toBe(
    false,
  );
});
