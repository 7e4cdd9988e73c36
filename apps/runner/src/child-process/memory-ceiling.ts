import { spawn } from 'node:child_process';
import type { Logger } from '@rat/runtime';

const SYSTEM_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Has the kernel refuse a process private memory beyond a size (RLIMIT_DATA). An allocation that is too large then fails
 * inside of DuckDB, before a page of it is touched, and the statement fails as `out_of_memory`. Only Linux counts all
 * private mappings; elsewhere, or without the program `prlimit`, the watch alone holds the limit.
 */
export class MemoryCeiling {
  readonly #log: Logger;
  #isUsable = process.platform === 'linux';

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Resolves when the limit stands, or cannot be set; the first time that it cannot, the log says so. */
  async set(pids: readonly number[], bytes: number): Promise<void> {
    await Promise.all(pids.map((pid) => this.#setOne(pid, bytes)));
  }

  async #setOne(pid: number, bytes: number): Promise<void> {
    if (!this.#isUsable) return;
    // Only the soft limit: the runner gives the same process another one for a run with another limit.
    const answer = await run('prlimit', ['--pid', String(pid), `--data=${bytes}:`]);
    if (answer === 'done' || !isAlive(pid) || !this.#isUsable) return;
    this.#isUsable = false;
    this.#log.warn({ reason: answer }, 'memory ceiling not set, only the watch limits memory');
  }
}

/** `done`, or why not. */
function run(program: string, args: string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', env: { PATH: SYSTEM_PATH } });
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code) => resolve(code === 0 ? 'done' : `exit code ${code}`));
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
