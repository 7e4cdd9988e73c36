import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Identifies one process, also against a later process with the same pid. Stored in a file, it lets
 * the next start find what a killed process left running, and never signal an unrelated process.
 */
export interface ProcessIdentity {
  pid: number;
  /** The start time in the system’s own format; only compared for equality. */
  startedAt: string;
}

/**
 * The identity of the live process `pid`; undefined when there is none, or the system cannot report
 * it.
 */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const startedAt = process.platform === 'linux' ? await linuxStart(pid) : await psStart(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether the process with this identity is still alive. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const now = await identifyProcess(identity.pid);
  return now?.startedAt === identity.startedAt;
}

/** The command line of the live process `pid`, or undefined. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return psField(pid, 'command=');
  const raw = await readOrUndefined(`/proc/${pid}/cmdline`);
  return raw === undefined || raw === '' ? undefined : raw.replaceAll('\0', ' ').trim();
}

/** Boot id and start tick: a tick alone may repeat after a reboot. A zombie counts as gone. */
async function linuxStart(pid: number): Promise<string | undefined> {
  const stat = await readOrUndefined(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the program’s name in parentheses and may contain spaces, so count the
  // fields after it.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTick = rest[18];
  if (state === 'Z' || state === 'X' || startTick === undefined) return undefined;
  const bootId = await readOrUndefined('/proc/sys/kernel/random/boot_id');
  return `${bootId?.trim() ?? 'unknown'}:${startTick}`;
}

async function psStart(pid: number): Promise<string | undefined> {
  return psField(pid, 'lstart=');
}

async function psField(pid: number, field: string): Promise<string | undefined> {
  try {
    const { stdout } = await run('ps', ['-o', field, '-p', String(pid)]);
    const text = stdout.trim();
    return text === '' ? undefined : text;
  } catch {
    // `ps` exits 1 if there is no such process, and does not exist on Windows: both mean unknown.
    return undefined;
  }
}

async function readOrUndefined(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    // The process ended between two reads, or never existed.
    return undefined;
  }
}
