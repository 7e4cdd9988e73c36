import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PostgresBinaries } from './binaries.ts';
import { commandLine } from './process-identity.ts';
import { runAs } from './run-as.ts';
import type { ServerUser } from './server-user.ts';

const run = promisify(execFile);

/** How long each way to stop may take before the next, harsher one, in seconds. */
const STOP_SECONDS = 3;

/**
 * Stops a server that still runs on `dataDir` after the process that started it is gone. Removes a
 * pid file that names an unrelated process: a pid may be reused after a reboot, and soon in a
 * container, and Postgres would then refuse to start. Call it only while holding the lock on the
 * home. Returns whether a server was stopped.
 */
export async function stopOrphan(
  dataDir: string,
  options: { binaries: PostgresBinaries; user: ServerUser | undefined },
): Promise<boolean> {
  const pid = (await readPidFile(dataDir))?.pid;
  if (pid === undefined) return false;
  const command = await commandLine(pid);
  // Windows cannot report it, and locks the files of a live server by itself.
  if (command === undefined && process.platform === 'win32') return false;
  if (command === undefined || !command.includes(` -D ${dataDir} `)) {
    await rm(join(dataDir, 'postmaster.pid'), { force: true });
    return false;
  }
  await stopServer(dataDir, options);
  return true;
}

/**
 * Stops the server of `dataDir`: "fast" ends sessions and writes everything; if that takes too
 * long, "immediate", after which the next start recovers. Resolves when the server is gone.
 */
export async function stopServer(
  dataDir: string,
  options: { binaries: PostgresBinaries; user: ServerUser | undefined },
): Promise<void> {
  const stop = (mode: 'fast' | 'immediate'): Promise<unknown> =>
    run(
      options.binaries.pgCtl,
      ['stop', '-D', dataDir, '-m', mode, '-w', '-t', String(STOP_SECONDS)],
      runAs(options.user),
    );
  try {
    await stop('fast');
  } catch {
    if ((await readPidFile(dataDir)) === undefined) return;
    await stop('immediate');
  }
}

/**
 * The contents of the server’s pid file: line 1 is its pid, line 4 its port, and line 8 is `ready`
 * once it accepts connections.
 */
export async function readPidFile(
  dataDir: string,
): Promise<{ pid: number; port: number; ready: boolean } | undefined> {
  let text: string;
  try {
    text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8');
  } catch {
    return undefined;
  }
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}
