import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import {
  INFORMATION_VIEWS,
  INTERNAL_VIEWS,
  NEVER_MENTIONED,
  PRAGMAS,
  REFUSED,
  REFUSED_AS_TABLE,
  SAFE,
  SAFE_TYPES,
} from './classified-names.ts';
import { openInstance } from '../session/open-instance.ts';

let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  instance = await openInstance();
  connection = await instance.connect();
});

afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

async function names(sql: string): Promise<string[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRows().map(([name]) => String(name));
}

const without = (all: Iterable<string>, ...known: { has(name: string): boolean }[]): string[] =>
  [...all].filter((name) => !known.some((one) => one.has(name)));

test('every function, macro and pragma of the engine is classified, and no other name', async () => {
  const engine = await names('SELECT DISTINCT lower(function_name) FROM duckdb_functions()');
  expect(engine.length).toBeGreaterThan(900);
  expect(without(engine, SAFE, REFUSED, PRAGMAS)).toEqual([]);
  expect(without([...SAFE, ...REFUSED.keys(), ...PRAGMAS], new Set(engine))).toEqual([]);
});

test('no function is classified twice', () => {
  expect([...SAFE].filter((name) => REFUSED.has(name) || PRAGMAS.has(name))).toEqual([]);
  expect([...PRAGMAS].filter((name) => REFUSED.has(name))).toEqual([]);
});

test('a function that is safe only as a value is a macro that reads a table by its name', async () => {
  const both = await names(
    `SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE function_type = 'table_macro'`,
  );
  expect(without(both, REFUSED, REFUSED_AS_TABLE)).toEqual([]);
});

test('every view of the engine is classified', async () => {
  const views = await names(
    `SELECT lower(view_name) FROM duckdb_views() WHERE schema_name <> 'information_schema'`,
  );
  expect(views.toSorted()).toEqual([...INTERNAL_VIEWS].toSorted());
  const information = await names(
    `SELECT lower(view_name) FROM duckdb_views() WHERE schema_name = 'information_schema'`,
  );
  expect(information.toSorted()).toEqual([...INFORMATION_VIEWS].toSorted());
});

test('every type that SQL can name is classified', async () => {
  const types = await names('SELECT DISTINCT lower(type_name) FROM duckdb_types()');
  expect(types.toSorted()).toEqual([...SAFE_TYPES].toSorted());
});

test('every name that may not be mentioned is also refused as a function', () => {
  expect(NEVER_MENTIONED.filter((name) => !REFUSED.has(name))).toEqual([]);
});
