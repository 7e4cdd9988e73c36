// Runs Jest, then the slow tier, and ends with one line, `N passed, N failed`. All arguments are
// passed to Jest; with any argument only Jest runs. After `--selectProjects e2e` the name of a folder of
// `apps` or `packages` means all tests below it: `npm run test:e2e -- cli`. The exit code is that of the first failure.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findRooms } from './find-rooms.mjs';

/** The limit from the last test's end to Jest's exit, including the tear-down of the servers. */
const EXIT_WITHIN_MS = 30_000;

const root = fileURLToPath(new URL('../../../', import.meta.url));
const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const folder = mkdtempSync(join(tmpdir(), 'rat-summary-'));
const summaryFile = join(folder, 'summary.json');

const wishes = findRooms(process.argv.slice(2), root);

const child = spawn(
  process.execPath,
  // Flags, not NODE_OPTIONS: Jest's workers inherit them, and the services that tests start do not.
  ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest, ...wishes],
  { cwd: root, stdio: 'inherit', env: { ...process.env, RAT_TEST_SUMMARY: summaryFile } },
);
let current = child;

// A terminal's Ctrl-C reaches the child directly; a signal to this process alone is passed on.
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => current.kill(name));

// An open connection of a test keeps Jest alive for ever. Its count and tear-down are done by then.
let stuck = false;
let patience;
const watching = wishes.some((argument) => argument.startsWith('--watch'));
const guard = setInterval(() => {
  if (watching || !existsSync(summaryFile)) return;
  clearInterval(guard);
  patience = setTimeout(() => {
    stuck = true;
    console.error('a test left something open, and Jest cannot end: look with --detectOpenHandles');
    child.kill('SIGKILL');
  }, EXIT_WITHIN_MS);
}, 500);

const [code, signal] = await once(child, 'exit');
clearInterval(guard);
clearTimeout(patience);
let summary = { passed: 0, failed: code === 0 ? 0 : 1 };
try {
  summary = JSON.parse(readFileSync(summaryFile, 'utf8'));
} catch {
  // Jest ended before it wrote a count.
}
rmSync(folder, { recursive: true, force: true });
let { passed, failed } = summary;
if (stuck) failed += 1;
process.exitCode = stuck ? 1 : exitCodeOf(code, signal);
if (process.exitCode === 0 && wishes.length === 0) {
  process.exitCode = await runSlowTier();
  if (process.exitCode === 0) passed += 1;
  else failed += 1;
}
console.log(`${passed} passed, ${failed} failed`);

/**
 * `npm run test:chaos`, which counts as one test; started without npm, so that signals reach it.
 */
async function runSlowTier() {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const command = scripts['test:chaos'];
  console.log(`\nThe slow tier: ${command}`);
  current = spawn(process.execPath, command.split(' ').slice(1), { cwd: root, stdio: 'inherit' });
  return exitCodeOf(...(await once(current, 'exit')));
}

function exitCodeOf(code, signal) {
  return signal === null ? (code ?? 1) : 128 + constants.signals[signal];
}
