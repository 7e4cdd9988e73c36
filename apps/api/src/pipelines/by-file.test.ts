import { describe, expect, test } from '@jest/globals';
import { NotFoundError, UnprocessableError, UnusableFilesError } from '@rat/domain';
import { byFile } from './by-file.ts';

const REF = { namespace: 'default', layer: 'silver', name: 'orders' } as const;
const FOLDER = 'default/pipelines/silver/orders';
const CONTENT = {
  sql: 'SELECT 1',
  config: { max_retries: 1 },
  qualityTests: [
    { name: 'few', sql: 'SELECT 1' },
    { name: 'many', sql: 'SELECT 1' },
  ],
};

describe('the refusal of a pipeline by file', () => {
  test('has every file, and each mistake in words with the file that has it', () => {
    const error = byFile(
      new UnprocessableError('x', [
        { path: 'sql', message: 'no such column', line: 2, column: 3 },
        { path: 'sql:@max_retrys', message: 'is unknown', line: 1, column: 4 },
        { path: 'config.concurrency.limit', message: 'must be a number' },
        { path: 'config', message: 'must be a mapping', line: 1 },
        { path: 'quality_tests.few.sql', message: 'no such table', line: 1, column: 1 },
        { path: 'quality_tests.few:@tags', message: 'is deprecated', severity: 'warning' },
      ]),
      REF,
      CONTENT,
    );
    expect(error).toBeInstanceOf(UnusableFilesError);
    expect(error).toMatchObject({
      message: 'x',
      files: [
        {
          path: `${FOLDER}/config.yaml`,
          errors: ['concurrency.limit: must be a number', 'line 1: must be a mapping'],
          warnings: [],
        },
        {
          path: `${FOLDER}/pipeline.sql`,
          errors: ['line 2, column 3: no such column', 'line 1, column 4: @max_retrys: is unknown'],
          warnings: [],
        },
        {
          path: `${FOLDER}/tests/quality/few.sql`,
          errors: ['line 1, column 1: no such table'],
          warnings: ['@tags: is deprecated'],
        },
        { path: `${FOLDER}/tests/quality/many.sql`, errors: [], warnings: [] },
      ],
    });
  });

  test('names the file of a mistake also when the pipeline has no such file yet', () => {
    const issues = [{ path: 'config.unique_key', message: 'is missing' }];
    const error = byFile(new UnprocessableError('x', issues), REF, { ...CONTENT, config: {} });
    expect(error).toMatchObject({
      files: expect.arrayContaining([
        { path: `${FOLDER}/config.yaml`, errors: ['unique_key: is missing'], warnings: [] },
      ]),
    });
  });

  test('is no other error than that of unusable content', () => {
    const error = new NotFoundError('gone');
    expect(byFile(error, REF, CONTENT)).toBe(error);
  });
});
