import { describe, expect, test } from '@jest/globals';
import { StatementError } from '@rat/engine';
import { SchemaConflictError, TableFormatError, UnsupportedTypeError } from '@rat/iceberg';
import { TemplateError } from '@rat/pipelines';
import { toFailure } from './to-failure.ts';

describe('toFailure', () => {
  test('a failure keeps its own phase, or gets the current one', () => {
    const known = new StatementError({ code: 'sql_error', message: 'x' });
    expect(toFailure(known, 'write')).toEqual({ code: 'sql_error', message: 'x', phase: 'write' });
    const placed = new StatementError({ code: 'sql_error', message: 'x', phase: 'detect' });
    expect(toFailure(placed, 'write')?.phase).toBe('detect');
  });

  test('a template error keeps its place', () => {
    expect(toFailure(new TemplateError('no', { line: 3, column: 4 }), 'detect')).toEqual({
      code: 'template_error',
      message: 'no (line 3)',
      phase: 'detect',
      file: 'pipeline.sql',
      line: 3,
      column: 4,
    });
  });

  test.each([
    [
      'schema_conflict',
      new SchemaConflictError('a', 'column a is INTEGER in the table and VARCHAR in the result'),
    ],
    ['config_error', new TableFormatError('ORC files are not supported')],
    ['config_error', new UnsupportedTypeError('column a: a table cannot hold INTERVAL')],
  ])('columns that the table cannot take are the author’s failure: %s', (code, error) => {
    const { message } = error;
    expect(toFailure(error, 'write')).toEqual({ code, phase: 'write', message });
  });

  test.each([
    ['ENOSPC', 'disk_full'],
    ['EIO', 'storage_unavailable'],
  ])('%s from the file system becomes %s, without the path', (code, expected) => {
    const error = Object.assign(new Error(`${code}: mkdir '/secret/path'`), { code });
    expect(toFailure(error, 'build')).toMatchObject({ code: expected });
    expect(toFailure(error, 'build')?.message).not.toContain('/secret');
  });

  test('an unexpected error has no failure', () => {
    expect(toFailure(new TypeError('x'), 'build')).toBeUndefined();
    expect(toFailure('text', 'build')).toBeUndefined();
  });
});
