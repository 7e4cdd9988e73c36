import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';

const LOGGER = new URL('../dist/logger.js', import.meta.url).href;

/** Says that it is there; when its standard input closes, it logs and exits. */
const PROGRAM = `
  const { createLogger } = await import(${JSON.stringify(LOGGER)});
  const log = createLogger('test', { level: 'info' });
  process.stdin.resume().once('close', () => {
    for (let n = 0; n < 50; n += 1) log.warn({ n }, 'parent process is gone');
    process.exit(0);
  });
  log.info('ready');
`;

test('a process ends even if the reader of its log is gone', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit', { signal: AbortSignal.timeout(20_000) });
  try {
    await once(child.stdout, 'data');
    child.stdout.destroy();
    child.stdin.end();
    expect(await exited).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
}, 30_000);

test('a process that exits has written every line before', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    child.stdin.end();
  });
  await once(child, 'close');
  expect(output.trim().split('\n')).toHaveLength(51);
}, 30_000);
