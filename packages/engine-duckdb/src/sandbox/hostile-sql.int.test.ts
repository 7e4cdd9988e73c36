import { expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { testWishes } from '@rat/testing';

/** The output of a process that runs hostile SQL. */
interface Tried {
  functions?: number;
  texts?: number;
  calls: number;
  answered: number;
  refused: number;
  failed: number;
  wrong: object[];
}

/** For a machine that is busy with other tests; alone, each takes about a minute. */
const LIMIT_MS = 300_000;

/** Runs a program of `test/` in a new folder. Rejects with the SQL when it crashes that process. */
async function run(program: string, ...more: string[]): Promise<Tried> {
  const path = fileURLToPath(new URL(`../../test/${program}`, import.meta.url));
  const root = await realpath(await mkdtemp(join(tmpdir(), 'rat-hostile-')));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [path, root, ...more], {
      timeout: LIMIT_MS,
      maxBuffer: 64 * 1024 * 1024,
    });
    return JSON.parse(stdout) as Tried;
  } catch (error) {
    const text = await readFile(`${root}.sql`, 'utf8').catch(() => 'unknown');
    throw new Error(`the process ended; its last text was ${JSON.stringify(text)}`, {
      cause: error,
    });
  } finally {
    await rm(root, { recursive: true, force: true });
    await rm(`${root}.sql`, { force: true });
  }
}

test(
  'no function and no view of the engine reads, writes or reveals data outside the sandbox, with any arguments',
  async () => {
    const tried = await run('walk-functions.mjs');
    expect(tried.wrong).toEqual([]);
    expect(tried.functions).toBeGreaterThan(900);
    expect(tried.calls).toBeGreaterThan(10_000);
    expect(tried.refused).toBeGreaterThan(2_000);
    expect(tried.answered).toBeGreaterThan(3_000);
  },
  LIMIT_MS,
);

test(
  'five thousand generated SQL texts crash no sandbox, leave none, and are never classified as a platform failure',
  async () => {
    const { propertySeed } = testWishes();
    const tried = await run('fuzz-sql.mjs', String(propertySeed), '5000');
    expect(tried.wrong).toEqual([]);
    expect(tried.texts).toBe(5_000);
    expect(tried.answered).toBeGreaterThan(1_000);
    expect(tried.refused).toBeGreaterThan(500);
  },
  LIMIT_MS,
);
