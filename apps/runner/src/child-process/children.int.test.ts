import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { Children } from './children.ts';

// The child is a process of its own, which reads no TypeScript: so the test takes it from the build.
const ENTRY = new URL('../../dist/execution/child-main.js', import.meta.url);

test('a child that may be debugged reports where its debugger listens', async () => {
  let report: (address: string) => void = () => undefined;
  const reported = new Promise<string>((resolve) => {
    report = resolve;
  });
  const child = new Children(undefined, report).start(ENTRY, 'read');
  const ended = once(child.process, 'exit');
  try {
    const address = await reported;
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    const response = await fetch(`http://${address}/json`);
    expect(await response.json()).toMatchObject([
      { title: expect.stringContaining('child-main.js') },
    ]);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
});

test('a child opens no port for a debugger by default', async () => {
  const child = new Children().start(ENTRY, 'read');
  const ended = once(child.process, 'exit');
  expect(child.process.spawnargs.join(' ')).not.toContain('--inspect');
  child.kill('SIGKILL');
  await ended;
});
