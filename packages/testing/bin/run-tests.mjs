// Runs Jest and ends with one line, `N passed, N failed`. All arguments go to Jest; its exit code is ours.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

child.on('exit', (code, signal) => {
  let summary = { passed: 0, failed: code === 0 ? 0 : 1 };
  try {
    summary = JSON.parse(readFileSync(summaryFile, 'utf8'));
  } catch {
    // Jest ended before it had counted anything.
  }
  rmSync(dirname(summaryFile), { recursive: true, force: true });
  console.log(`${summary.passed} passed, ${summary.failed} failed`);
  process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
});
