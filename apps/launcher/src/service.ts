import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { HANDOVER, splitEnvironment } from '@rat/runtime';
import type { Home } from './home.ts';
import { openLog, readTail } from './log-file.ts';
import { forgetProcess, recordProcess } from './process-record.ts';

/** What it takes to start one service process. */
export interface ServiceSpec {
  /** `api` or `runner-<n>`: names its log and its record. */
  name: string;
  /** The built program. */
  entry: string;
  env: Record<string, string>;
  /** Flags of Node, such as `--inspect=127.0.0.1:9229`. */
  nodeFlags: string[];
  /** Arguments of the program. */
  args: string[];
}

/** A process of one service, from its start to its end. */
export interface Service {
  name: string;
  /** Settles, never rejects, with how it ended, in words. */
  ended: Promise<string>;
  /** Its last log lines of this life. */
  tail: () => Promise<string>;
  /** Asks it to stop, insists after `graceMs`, resolves when it is gone. */
  stop: (graceMs: number) => Promise<void>;
}

/**
 * Starts a service in a session of its own: a terminal's Ctrl-C must reach the launcher alone, which stops things in
 * order. Its standard input is a pipe that nobody writes to: when the launcher is killed, the pipe closes, and a
 * service that finds RAT_PARENT_PID in its environment ends itself. Every process of the same user can read what a process
 * was started with, so secrets reach the service through a pipe instead.
 */
export async function startService(spec: ServiceSpec, home: Home): Promise<Service> {
  const record = join(home.run, `${spec.name}.json`);
  const logFile = join(home.logs, `${spec.name}.log`);
  const log = await openLog(logFile);
  const from = (await log.stat()).size;
  // On Windows no other process can read it, and descriptors cannot be handed over like this.
  const isShown = process.platform !== 'win32';
  const { plain, secret } = isShown ? splitEnvironment(spec.env) : { plain: spec.env, secret: {} };
  const child = spawn(
    process.execPath,
    ['--enable-source-maps', ...spec.nodeFlags, spec.entry, ...spec.args],
    {
      env: {
        ...plain,
        RAT_PARENT_PID: String(process.pid),
        ...(isShown ? { [HANDOVER]: '3' } : {}),
      },
      stdio: ['pipe', log.fd, log.fd, 'pipe'],
      detached: process.platform !== 'win32',
    },
  );
  // A write end whose reader is gone may complain; the child's end is noticed elsewhere.
  child.stdin?.on('error', () => undefined);
  const handover = child.stdio[3];
  if (handover instanceof Writable) {
    handover.on('error', () => undefined);
    handover.end(JSON.stringify(secret));
  }
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  await log.close();
  if (child.pid !== undefined) await recordProcess(record, child.pid);
  return {
    name: spec.name,
    ended,
    tail: () => readTail(logFile, from),
    stop: async (graceMs) => {
      await stop(child, ended, graceMs);
      await forgetProcess(record);
    },
  };
}

async function stop(child: ChildProcess, ended: Promise<string>, graceMs: number): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  const insist = setTimeout(() => killGroup(child), graceMs);
  await ended;
  clearTimeout(insist);
  // Whatever it left in its group, such as the executors of a runner that crashed, has no owner now.
  killGroup(child);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is empty.
  }
}
