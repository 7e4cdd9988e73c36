// Makes a fresh clone runnable and a stale one fresh: install, generate, build, each only when needed. This file imports
// Node's own modules only, since it runs before anything is installed. It prints nothing when there is nothing to do.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildConsole } from './build-console.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const inRoot = (...parts) => join(root, ...parts);
const MINIMUM_NODE = [20, 19];
const TAIL_LINES = 40;

class StepFailed extends Error {}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return;
  throw new StepFailed(
    `Node ${MINIMUM_NODE.join('.')} or newer is needed, this is ${process.versions.node}: https://nodejs.org`,
  );
}

/**
 * Prints one line for each step, with its duration; the program's own output only when it fails.
 */
async function step(name, args, env = {}) {
  const start = performance.now();
  process.stdout.write(`${name} … `);
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (output += chunk));
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      output += String(error);
      resolve(1);
    });
    child.on('close', resolve);
  });
  const seconds = (performance.now() - start) / 1000;
  if (code === 0) {
    console.log(`done in ${seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0)} s`);
    return;
  }
  console.log('failed');
  throw new StepFailed(output.trimEnd().split('\n').slice(-TAIL_LINES).join('\n'));
}

async function install() {
  const lockText = readFileSync(inRoot('package-lock.json'), 'utf8');
  const hash = createHash('sha256').update(lockText).digest('hex');
  const stamp = inRoot('node_modules', '.rat-install');
  if (readOr(stamp, '') === hash) return;
  if (!isInstalled(JSON.parse(lockText))) {
    // Install scripts are not needed: their work happens at first use. Not running them is safer.
    const flags = [
      'ci',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      '--no-progress',
    ];
    await step('install', [npmProgram(), ...flags]);
  }
  writeFileSync(stamp, hash);
}

/** Whether node_modules already matches the lockfile, for example after a manual `npm install`. */
function isInstalled(lock) {
  const held = readOr(inRoot('node_modules', '.package-lock.json'), undefined);
  if (held === undefined) return false;
  const packages = JSON.parse(held).packages;
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (!path.includes('node_modules/')) return true;
    const found = packages[path];
    if (found === undefined) return wanted.optional === true || wanted.devOptional === true;
    return found.version === wanted.version && found.resolved === wanted.resolved;
  });
}

/** npm's own program: the one that runs this script, otherwise the one of this Node. */
function npmProgram() {
  const candidates = [
    process.env.npm_execpath,
    join(process.execPath, '..', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(process.execPath, '..', '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const found = candidates.find((path) => path?.endsWith('.js') && existsSync(path));
  if (found === undefined)
    throw new StepFailed('npm was not found; run `npm ci --ignore-scripts` yourself');
  return found;
}

async function generate() {
  const inputs = [
    inRoot('prisma', 'schema.prisma'),
    inRoot('prisma', 'prisma.config.ts'),
    inRoot('node_modules', 'prisma', 'package.json'),
  ];
  const hash = createHash('sha256');
  for (const file of inputs) hash.update(readOr(file, ''));
  const wanted = hash.digest('hex');
  const generated = inRoot('packages', 'store', 'src', 'generated');
  const stamp = join(generated, '.rat-generate');
  if (readOr(stamp, '') === wanted && existsSync(join(generated, 'client.ts'))) return;
  const prisma = inRoot('node_modules', 'prisma', 'build', 'index.js');
  await step('generate', [prisma, 'generate', '--config', inRoot('prisma', 'prisma.config.ts')], {
    // Generating needs no native engine, but without a file at this path Prisma downloads one.
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  });
  writeFileSync(stamp, wanted);
}

async function build() {
  const compiler = inRoot('node_modules', 'typescript', 'bin', 'tsc');
  if (!existsSync(compiler)) {
    if (existsSync(inRoot('apps', 'launcher', 'dist', 'main.js'))) return;
    throw new StepFailed(
      'not built, and the compiler is not installed: run `npm ci --ignore-scripts`',
    );
  }
  if (await isBuilt(compiler)) return;
  await step('build', [compiler, '-b', 'apps', '--pretty', 'false']);
}

/** Asks the compiler, which answers in a quarter of a second. */
async function isBuilt(compiler) {
  const child = spawn(process.execPath, [compiler, '-b', 'apps', '--dry'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const code = await new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', resolve);
  });
  return code === 0 && !output.includes('would build project');
}

function readOr(file, fallback) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return fallback;
  }
}

/**
 * Brings the packages, the generated client and the build up to date. Answers whether that worked; when a step fails, the
 * person at the terminal has read why.
 */
export async function prepareWorkspace() {
  try {
    checkNode();
    await install();
    await generate();
    await build();
    await buildConsole(root, (program) => step('console', [program]));
    return true;
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    console.error(error.message);
    return false;
  }
}
