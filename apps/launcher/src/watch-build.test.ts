import { expect, test } from '@jest/globals';
import { readBuildLine } from './watch-build.ts';

test.each([
  ['10:43:40 PM - Found 0 errors. Watching for file changes.', 'built'],
  ['10:43:46 PM - Found 1 error. Watching for file changes.', 'failed'],
  ['10:43:46 PM - Found 10 errors. Watching for file changes.', 'failed'],
  ["packages/domain/src/index.ts(25,7): error TS2322: Type 'string' is no number.", 'error'],
  ['10:43:45 PM - File change detected. Starting incremental compilation...', 'other'],
])('the line "%s" of the compiler is read as "%s"', (line, meaning) => {
  expect(readBuildLine(line)).toBe(meaning);
});
