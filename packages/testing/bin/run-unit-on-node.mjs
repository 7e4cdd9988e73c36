// Runs the unit tests on another version of Node: `run-unit-on-node.mjs VERSION [arguments of Jest…]`. npx fetches that
// version. When the registry cannot be reached, the tests are skipped, one line reports it, and the exit code is 0.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const FETCH_WITHIN_MS = 180_000;

const root = fileURLToPath(new URL('../../../', import.meta.url));
const [version, ...rest] = process.argv.slice(2);
if (version === undefined) {
  console.error('usage: run-unit-on-node.mjs VERSION [arguments of Jest…]');
  process.exit(2);
}

const problem = await fetchNode(version);
if (problem !== undefined) {
  console.log(`!!! UNIT TESTS ON NODE ${version} SKIPPED, npm could not fetch it: ${problem}`);
  process.exit(0);
}
console.log(`unit tests on Node ${version}`);
const tests = fileURLToPath(new URL('run-tests.mjs', import.meta.url));
const child = startNpx(version, [tests, '--selectProjects', 'unit', ...rest], 'inherit');
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => child.kill(name));
const [code, signal] = await once(child, 'exit');
process.exitCode = signal === null ? code : 128 + constants.signals[signal];

/** Brings the version into npm's cache. Answers why that failed; throws when npx runs another version than it was given. */
async function fetchNode(wanted) {
  const probe = startNpx(wanted, ['--print', 'process.version'], 'pipe');
  const impatient = setTimeout(() => probe.kill('SIGKILL'), FETCH_WITHIN_MS);
  let output = '';
  let errors = '';
  probe.stdout.on('data', (text) => (output += text));
  probe.stderr.on('data', (text) => (errors += text));
  const [exitCode] = await once(probe, 'close');
  clearTimeout(impatient);
  if (exitCode !== 0) return errors.trim().split('\n')[0] || 'no answer in time';
  if (output.trim() !== `v${wanted}`) throw new Error(`npx ran Node ${output.trim()}`);
  return undefined;
}

function startNpx(wanted, args, stdio) {
  const command = ['--yes', `--package=node@${wanted}`, '--', 'node', ...args];
  return spawn('npx', command, {
    cwd: root,
    stdio: ['ignore', stdio, stdio],
    shell: process.platform === 'win32',
    // The package `node` fetches its binary when it is installed, which a setting of the user may forbid.
    env: { ...process.env, npm_config_ignore_scripts: 'false' },
  });
}
