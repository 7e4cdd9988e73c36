import { spawn } from 'node:child_process';
import type { Logger } from '@rat/runtime';

const SYSTEM_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Makes the kernel refuse a process private memory beyond a size (RLIMIT_DATA). An allocation that
 * is too large then fails inside DuckDB before it touches a page, and the statement fails as
 * `out_of_memory`. Only Linux counts all private mappings. Elsewhere, or without the program
 * `prlimit`, only the memory watch enforces the limit.
 */
export class MemoryCeiling {
  readonly #log: Logger;
  #isUsable = process.platform === 'linux';

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Resolves when the limit is set, or cannot be set. The first failure is logged. */
  async set(pids: readonly number[], bytes: number): Promise<void> {
    await Promise.all(pids.map((pid) => this.#setOne(pid, bytes)));
  }

  async #setOne(pid: number, bytes: number): Promise<void> {
    if (!this.#isUsable) return;
    // Only the soft limit, because a later run in the same process may have a higher one.
    const answer = await run('prlimit', ['--pid', String(pid), `--data=${bytes}:`]);
    if (answer === 'done' || !isAlive(pid) || !this.#isUsable) return;
    this.#isUsable = false;
    this.#log.warn({ reason: answer }, 'memory ceiling not set, only the watch limits memory');
  }
}

/** Returns `done`, or the reason of the failure. */
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
