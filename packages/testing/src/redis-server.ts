import { execFile, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { findFreePort } from './free-port.ts';
import { findOrInstall, type DebianProgram } from './debian-program.ts';
import { eventually } from './eventually.ts';

const run = promisify(execFile);

const REDIS: DebianProgram = {
  names: ['redis-server', 'valkey-server'],
  versionFlag: '--version',
  debianPackage: 'redis-server',
};

export interface RedisServer {
  url: string;
  pid: number;
  stop: () => Promise<void>;
}

/**
 * A Redis-compatible program on the PATH, installed first where possible; undefined when there is
 * none.
 */
export async function findRedisProgram(): Promise<string | undefined> {
  return findOrInstall(REDIS);
}

/**
 * Starts a Redis for tests. It stores nothing on disk unless `appendOnly` is `yes`. `DEBUG` is
 * allowed, for tests that block the server.
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

/** The option that allows DEBUG. Only Redis 7 and newer know it. */
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
