import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(ROOT, 'apps', 'launcher', 'dist', 'run-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program of the workspace, started as the scripts of package.json start one. */
async function start(source: string, args: string[] = []) {
  const file = join(folder, 'program.mjs');
  await writeFile(file, source);
  const child = spawn(
    process.execPath,
    ['apps/launcher/bin/run.mjs', file.slice(ROOT.length), ...args],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return { child, ended: once(child, 'close'), output: () => output };
}

test('a program that run.mjs starts gets its arguments, and its exit code is that of the script', async () => {
  const program = await start('console.log(process.argv.slice(2)); process.exitCode = 7;', [
    '--flag',
    'two words',
  ]);
  expect(await program.ended).toEqual([7, null]);
  expect(program.output()).toContain("[ '--flag', 'two words' ]");
});

test('a signal to run.mjs reaches the program, whose parent is that of run.mjs', async () => {
  const program = await start(`
    process.on('SIGTERM', () => { console.log('closing'); process.exit(3); });
    setInterval(() => undefined, 1000);
    console.log('parent', process.ppid);
  `);
  await once(program.child.stdout, 'data');
  program.child.kill('SIGTERM');
  expect(await program.ended).toEqual([3, null]);
  expect(program.output()).toContain(`parent ${process.pid}\nclosing`);
});
