import { describe, expect, test } from '@jest/globals';
import type { ExecutorSql } from '@rat/contracts';
import { toExecutedSql } from './executed-sql.ts';

function sqlOf(...texts: string[]): ExecutorSql {
  return {
    type: 'sql',
    compiled: texts.join(';\n'),
    statements: texts.map((text, n) => ({ text, line: n + 1, column: 1 })),
  };
}

describe('the SQL that an attempt stores', () => {
  test('each statement has its place, and one that ended has its rows and its time', () => {
    const ended = [{ type: 'statement', index: 0, rows: 3, durationMs: 7 } as const];
    expect(toExecutedSql(sqlOf('CREATE TABLE t', 'SELECT 1'), ended, [])).toEqual({
      compiled: 'CREATE TABLE t;\nSELECT 1',
      statements: [
        { text: 'CREATE TABLE t', line: 1, column: 1, rows: 3, durationMs: 7 },
        { text: 'SELECT 1', line: 2, column: 1, rows: undefined, durationMs: undefined },
      ],
      isTruncated: false,
    });
  });

  test('neither a secret nor a local path is stored', () => {
    const text = "SELECT 'https://u:hunter2@h/x?token=hunter2', '/data/warehouse/x.parquet'";
    const stored = toExecutedSql(sqlOf(text), [], ['/data/warehouse']);
    expect(JSON.stringify(stored)).not.toMatch(/hunter2|\/data/);
  });

  test('a secret at the cut is not stored in part', () => {
    const before = `SELECT '${'x'.repeat(256 * 1024 - 60)}', '`;
    const stored = toExecutedSql(sqlOf(`${before}https://user:hunter2@h/x'`), [], []);
    expect(JSON.stringify(stored)).not.toContain('hunt');
  });

  test('long SQL is cut, and says so', () => {
    const long = 'x'.repeat(200_000);
    const { compiled, statements, isTruncated } = toExecutedSql(sqlOf(long, long, long), [], []);
    expect(isTruncated).toBe(true);
    expect(compiled).toHaveLength(256 * 1024);
    expect(statements.map(({ text }) => text.length)).toEqual([200_000, 256 * 1024 - 200_000]);
    const many = toExecutedSql(sqlOf(...Array.from({ length: 1_001 }, () => 'SELECT 1')), [], []);
    expect(many.statements).toHaveLength(1_000);
    expect(many.isTruncated).toBe(true);
  });
});
