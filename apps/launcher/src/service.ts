import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { HANDOVER, splitEnvironment } from '@rat/runtime';
import type { Home } from './home.ts';
import { openLog, readTail } from './log-file.ts';
import { forgetProcess, recordProcess } from './process-record.ts';

/** The program and settings of one service process. */
export interface ServiceSpec {
  /** `api` or `runner-<n>`; also the name of its log and its record. */
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
  /** Resolves, never rejects, with a description of how the process ended. */
  ended: Promise<string>;
  /** The last log lines of this process. */
  tail: () => Promise<string>;
  /** Sends SIGTERM, then SIGKILL after `graceMs`; resolves when the process has ended. */
  stop: (graceMs: number) => Promise<void>;
}

/**
 * Starts a service in its own session: a terminal's Ctrl-C must reach only the launcher, which
 * stops the parts in order. The service's standard input is an unused pipe. It closes when the
 * launcher is killed, and a service with RAT_PARENT_PID in its environment then ends itself.
 * Secrets reach the service through another pipe, because processes of the same user can read its
 * environment.
 */
export async function startService(spec: ServiceSpec, home: Home): Promise<Service> {
  const record = join(home.run, `${spec.name}.json`);
  const logFile = join(home.logs, `${spec.name}.log`);
  const log = await openLog(logFile);
  const from = (await log.stat()).size;
  // On Windows other processes cannot read the environment, and this handover of a pipe does not
  // work.
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
  // Ends the rest of its group, such as the executors of a crashed runner.
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
