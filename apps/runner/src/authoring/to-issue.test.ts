import { describe, expect, test } from '@jest/globals';
import { pythonIssue } from './to-issue.ts';

describe('a Python text', () => {
  test.each([
    ['import pandas as pd\n', 1, 1],
    ['# a job\nfrom rat import ref\n', 2, 1],
    ['x = 1\n\n  def run(ctx) -> None:\n    pass', 3, 3],
  ])('is recognised, with the place of its first sign: %j', (source, line, column) => {
    expect(pythonIssue(source)).toMatchObject({ line, column, never: true });
  });

  test.each(['SELEC 1', 'SELECT * FROM t', '-- import x\nSELECT', 'FROM a SELECT b'])(
    'is not seen in SQL: %j',
    (source) => {
      expect(pythonIssue(source)).toBeUndefined();
    },
  );
});
