import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { presentVersion, readBuildFacts } from './build-facts.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rat-build-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const TIME = '2026-02-12T14:00:00Z';

async function answerFor(text: string | undefined): Promise<unknown> {
  const file = join(folder, 'build.json');
  await rm(file, { force: true });
  if (text !== undefined) await writeFile(file, text);
  const build = await readBuildFacts(pathToFileURL(file));
  return presentVersion({ version: '1.2.3', build });
}

test.each([
  ['both facts', `{"git_commit":"${COMMIT}","build_time":"${TIME}"}`, COMMIT, TIME],
  ['a short commit alone', '{"git_commit":"0123456"}', '0123456', null],
  ['empty texts', '{"git_commit":"","build_time":""}', null, null],
  ['a malformed commit', `{"git_commit":"<b>","build_time":"${TIME}"}`, null, TIME],
  ['a malformed time', `{"git_commit":"${COMMIT}","build_time":"today"}`, COMMIT, null],
  ['no JSON', '{"git_commit":', null, null],
  ['no file', undefined, null, null],
])('a build with %s shows what is known and null for the rest', async (_, text, commit, time) => {
  expect(await answerFor(text)).toEqual({
    version: '1.2.3',
    git_commit: commit,
    build_time: time,
  });
});
