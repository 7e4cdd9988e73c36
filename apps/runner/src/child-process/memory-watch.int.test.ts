import { spawn, type ChildProcess } from 'node:child_process';
import { afterEach, expect, test } from '@jest/globals';
import { MemoryWatch } from './memory-watch.ts';
import { readMemoryUse } from './memory-use.ts';

const MB = 1024 * 1024;

/** Allocates memory in steps and touches every page; ends at 900 MB, or when its parent ends. */
const GREEDY =
  `const held = []; const parent = process.ppid; setInterval(() => { if (process.ppid !== parent) process.exit(); ` +
  `if (held.length < 56) held.push(Buffer.alloc(16 * ${MB}, 1)); }, 5);`;
/** Allocates a fixed amount. */
const MODEST = `globalThis.held = Buffer.alloc(100 * ${MB}, 1); setInterval(() => undefined, 1000);`;

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

function start(program: string, args: string[]): ChildProcess {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  started.push(child);
  return child;
}

const noCeiling = { set: () => Promise.resolve() };

test('a process that takes more than its limit is killed before it holds 1.5 times as much', async () => {
  const child = start(process.execPath, ['-e', GREEDY]);
  let peak = 0;
  const sampler = setInterval(() => {
    peak = Math.max(peak, readMemoryUse([child.pid ?? 0])?.resident ?? 0);
  }, 2);
  const watch = new MemoryWatch({
    pid: () => child.pid,
    ceiling: noCeiling,
    onExceeded: () => void child.kill('SIGKILL'),
  });
  watch.start({ memoryLimitMb: 512, threads: 1 });
  await new Promise((resolve) => void child.once('exit', resolve));
  clearInterval(sampler);
  watch.stop();
  expect(watch.exceeded).toBe(true);
  expect(peak).toBeGreaterThan(512 * MB);
  expect(peak).toBeLessThan(1.5 * 512 * MB);
});

test('the watch counts the process inside a wrapper', async () => {
  // The second command keeps the shell from replacing itself with the process.
  const child = start('/bin/sh', ['-c', `"${process.execPath}" -e '${GREEDY}'; exit 0`]);
  const exceeded = new Promise<void>((resolve) => {
    const watch = new MemoryWatch({
      pid: () => child.pid,
      ceiling: noCeiling,
      onExceeded: () => {
        watch.stop();
        resolve();
      },
    });
    watch.start({ memoryLimitMb: 256, threads: 1 });
  });
  await exceeded;
  child.kill('SIGKILL');
});

test('a process within its limit is not killed', async () => {
  const child = start(process.execPath, ['-e', `${MODEST} console.log('held')`]);
  const watch = new MemoryWatch({
    pid: () => child.pid,
    ceiling: noCeiling,
    onExceeded: () => void child.kill('SIGKILL'),
  });
  watch.start({ memoryLimitMb: 512, threads: 1 });
  await new Promise((resolve) => void child.stdout?.once('data', resolve));
  const use = readMemoryUse([child.pid ?? 0]);
  watch.stop();
  expect(use?.resident).toBeGreaterThan(100 * MB);
  expect(watch.exceeded).toBe(false);
  expect(child.exitCode).toBeNull();
});
