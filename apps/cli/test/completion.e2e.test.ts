import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { findProgram, FISH, ZSH } from '@rat/testing';
import { onLinux, startCli, startShell } from './start-cli.ts';

// Each press of Tab starts a process.
jest.setTimeout(90_000);

const BASH = { names: ['bash'], versionFlag: '--version', debianPackage: 'bash' };
/** How each shell starts without the settings of this machine, and reads a file. */
const SHELLS = [
  {
    name: 'bash',
    program: BASH,
    words: (file: string) => ['bash', '--noprofile', '--rcfile', file, '-i'],
  },
  { name: 'zsh', program: ZSH, words: () => ['zsh', '-i'] },
  {
    name: 'fish',
    program: FISH,
    words: (file: string) => ['fish', '--no-config', '-i', '-C', `source ${file}`],
  },
];
const found = await Promise.all(
  SHELLS.map(async (shell) => ((await findProgram(shell.program)) === undefined ? [] : [shell])),
);

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'rat-shell-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** No command of completion reaches a server. */
const rat = (...args: string[]) => startCli(args, { url: 'http://127.0.0.1:9', folder }).ended;

test('completion names commands, options and the values of an option', async () => {
  const complete = async (...words: string[]): Promise<string[]> =>
    (await rat('__complete', '--', ...words)).out.trim().split('\n');
  expect(await complete('sche')).toEqual(['schedules']);
  expect(await complete('schedules', 'pa')).toEqual(['pause']);
  expect(await complete('tables', '')).toEqual(['drop', 'restore']);
  expect(await complete('drafts', 'p')).toEqual(['publish']);
  expect(await complete('delete', '--table', '')).toEqual(['keep', 'drop']);
  expect(await complete('run', '--det')).toEqual(['--detach']);
  expect(await complete('runs', '--status', 'fa')).toEqual(['failed']);
  expect(await complete('')).toEqual(expect.arrayContaining(['run', 'logs', 'completion']));
});

test.each([
  ['bash', 'complete -o default -F _rat rat'],
  ['zsh', 'compdef _rat rat'],
  ['fish', 'complete -c rat -f -a'],
])('the script for %s asks rat for the words', async (shell, hook) => {
  const { code, out } = await rat('completion', shell);
  expect(code).toBe(0);
  expect(out).toContain(hook);
  expect(out).toContain('rat __complete -- ');
});

for (const { name, words } of found.flat())
  onLinux(`Tab in ${name} completes a command and the command below it`, async () => {
    // The file that zsh reads in this home.
    const file = join(folder, name === 'zsh' ? '.zshrc' : `completion.${name}`);
    await writeFile(file, (await rat('completion', name)).out);
    const { child, ended, shows } = startShell(words(file), { url: '', folder });
    // The help of a command shows how the shell has read the line.
    child.stdin.write('rat sche\t--help\r');
    await shows('Usage: rat schedules [options]');
    child.stdin.write('rat schedules pa\t--help\r');
    await shows('Usage: rat schedules pause');
    child.stdin.write('exit\r');
    await ended;
  });
