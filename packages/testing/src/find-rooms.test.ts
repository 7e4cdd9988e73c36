import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
// @ts-expect-error -- a script of the test runner, which has no types
import { findRooms } from '../bin/find-rooms.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const E2E = ['--selectProjects', 'e2e'];

test.each([
  { words: [...E2E, 'cli'], means: [...E2E, '--testPathPatterns', 'apps/cli/'] },
  {
    words: [...E2E, 'console', '-t', 'cli'],
    means: [...E2E, '--testPathPatterns', 'apps/console/', '-t', 'cli'],
  },
  { words: [...E2E, 'cut-stream'], means: [...E2E, '--testPathPatterns', 'cut-stream'] },
  {
    words: [...E2E, 'api', 'store'],
    means: [...E2E, '--testPathPatterns', 'apps/api/', 'packages/store/'],
  },
  {
    words: ['--selectProjects', 'unit', 'int', '--watch'],
    means: ['--selectProjects', 'unit', 'int', '--watch'],
  },
  { words: ['packages/store'], means: ['packages/store'] },
])('$words means $means', ({ words, means }) => {
  expect(findRooms(words, ROOT)).toEqual(means);
});
