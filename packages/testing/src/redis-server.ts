import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { findFreePort } from '@rat/embedded-postgres';
import { eventually } from './eventually.ts';

const run = promisify(execFile);

const PROGRAMS = ['redis-server', 'valkey-server'];
const POLICY_FILE = '/usr/sbin/policy-rc.d';

export interface RedisServer {
  url: string;
  pid: number;
  stop: () => Promise<void>;
}

/** A program on the PATH that speaks Redis, installed first where that is possible; undefined when there is none. */
export async function findRedisProgram(): Promise<string | undefined> {
  const found = await firstThatRuns(PROGRAMS);
  if (found !== undefined) return found;
  if (!(await isDebianRoot())) return undefined;
  process.stdout.write('redis … not found, installing redis-server with apt-get\n');
  await installQuietly().catch((error: unknown) => {
    process.stdout.write(`redis … apt-get could not install it: ${String(error).split('\n')[0]}\n`);
  });
  return firstThatRuns(PROGRAMS);
}

/**
 * A Redis of our own, which keeps nothing on disk unless it is asked to log every command there. `DEBUG` is allowed, for
 * tests that make it sleep.
 */
export async function startRedis(
  program: string,
  directory: string,
  options: { appendOnly: 'yes' | 'no' } = { appendOnly: 'no' },
): Promise<RedisServer> {
  const port = await findFreePort();
  const flags = {
    '--port': String(port),
    '--bind': '127.0.0.1',
    '--save': '',
    '--appendonly': options.appendOnly,
    '--maxmemory-policy': 'noeviction',
    '--dir': directory,
  };
  const child = spawn(program, [...Object.entries(flags).flat(), ...(await debugFlag(program))], {
    stdio: 'ignore',
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  await eventually('redis answers', () => answersPing(port));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return { url: `redis://127.0.0.1:${port}`, pid: child.pid ?? 0, stop };
}

/** Redis 7 guards DEBUG behind a switch that older servers refuse to know. */
async function debugFlag(program: string): Promise<string[]> {
  const { stdout } = await run(program, ['--version']);
  const major = Number(/v=(\d+)/.exec(stdout)?.[1] ?? 0);
  return major >= 7 ? ['--enable-debug-command', 'local'] : [];
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (reply) => {
      socket.destroy();
      resolve(reply.toString().startsWith('+PONG'));
    });
    socket.once('error', () => resolve(false));
  });
}

async function firstThatRuns(programs: string[]): Promise<string | undefined> {
  for (const program of programs) {
    try {
      await run(program, ['--version']);
      return program;
    } catch {
      // Not on the PATH: the next name.
    }
  }
  return undefined;
}

async function isDebianRoot(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release);
}

/** A package's install script would start the system's own server; this policy file tells it not to. */
async function installQuietly(): Promise<void> {
  const policyIsOurs = !existsSync(POLICY_FILE);
  if (policyIsOurs) await writeFile(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update'], { env });
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'redis-server'], { env });
  } finally {
    if (policyIsOurs) await rm(POLICY_FILE, { force: true });
  }
}
