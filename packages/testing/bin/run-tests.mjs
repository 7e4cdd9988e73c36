// Runs Jest and ends with one line, `N passed, N failed`. All arguments go to Jest; its exit code is ours.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** From the last test's end to Jest's: the tear-down of the servers included. */
const EXIT_WITHIN_MS = 30_000;

const root = fileURLToPath(new URL('../../../', import.meta.url));
const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const folder = mkdtempSync(join(tmpdir(), 'rat-summary-'));
const summaryFile = join(folder, 'summary.json');

const child = spawn(
  process.execPath,
  // Flags, not NODE_OPTIONS: Jest's workers inherit them, and the services that tests start do not.
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    jest,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, RAT_TEST_SUMMARY: summaryFile } },
);

// A terminal's Ctrl-C reaches Jest by itself; a signal sent to us alone must be passed on.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));

// A connection that a test left open keeps Jest alive for ever. It has counted and torn down by then: enough is enough.
let stuck = false;
const watching = process.argv.some((argument) => argument.startsWith('--watch'));
const guard = setInterval(() => {
  if (watching || !existsSync(summaryFile)) return;
  clearInterval(guard);
  setTimeout(() => {
    stuck = true;
    console.error('a test left something open, and Jest cannot end: look with --detectOpenHandles');
    child.kill('SIGKILL');
  }, EXIT_WITHIN_MS).unref();
}, 500);
guard.unref();

child.on('exit', (code, signal) => {
  let summary = { passed: 0, failed: code === 0 ? 0 : 1 };
  try {
    summary = JSON.parse(readFileSync(summaryFile, 'utf8'));
  } catch {
    // Jest ended before it had counted anything.
  }
  rmSync(folder, { recursive: true, force: true });
  console.log(`${summary.passed} passed, ${summary.failed + (stuck ? 1 : 0)} failed`);
  process.exitCode = signal === null ? (code ?? 1) : stuck ? 1 : 128 + constants.signals[signal];
});
