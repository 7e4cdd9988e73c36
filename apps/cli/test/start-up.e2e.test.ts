import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, jest, test } from '@jest/globals';
import { bestOf } from '@rat/testing';

const PROGRAM = fileURLToPath(new URL('../bin/rat.mjs', import.meta.url));
/** Prints the milliseconds of processor time that a process has taken, which other processes do not prolong. */
const METER = `process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  process.stderr.write('took ' + (user + system) / 1000);
});`;
/** Before commands were loaded one by one it was 2.25. */
const FACTOR_MAX = 2.1;

jest.setTimeout(90_000);

async function measure(...args: string[]): Promise<number> {
  const meter = `data:text/javascript,${encodeURIComponent(METER)}`;
  const { stderr } = await promisify(execFile)(process.execPath, ['--import', meter, ...args]);
  return Number(/took ([\d.]+)$/.exec(stderr)?.[1]);
}

test.each(['--help', 'runs --help', 'run --help', 'query --help', 'whoami --help'])(
  'rat %s starts in less than 2.1 times the processor time of Node alone',
  async (line) => {
    let bare = Infinity;
    const least = await bestOf({ times: 8, enough: 0 }, async () => {
      bare = Math.min(bare, await measure('--eval', '0'));
      return measure(PROGRAM, ...line.split(' '));
    });
    process.stdout.write(`rat ${line}: ${least.toFixed()} ms, Node: ${bare.toFixed()} ms\n`);
    expect(least / bare).toBeLessThan(FACTOR_MAX);
  },
);

test('rat --version prints the version of the package, and reaches no server', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, '--version']);
  const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  expect(stdout).toBe(`${JSON.parse(manifest).version}\n`);
});
