import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { resolve } from 'node:path';
import { eventually } from './eventually.ts';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const OUTPUT_LINES = 400;
/** What a runner logs when the process of a run dies of a fault in native code. */
const CHILD_CRASH = /"executor died"/;
const CRASH_SIGNAL = /"signal":"SIG(?:SEGV|ABRT|BUS|ILL|FPE)"/;
/** Longer than any service's own limits; a test with a shorter bound passes it. */
const STOP_MS = 40_000;

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A real process of one built service. */
export class ServiceProcess {
  readonly pid: number;
  /** Resolves, never rejects, when the process has ended. */
  readonly exited: Promise<Ended>;
  /** Resolves once the process has ended and all its output is read. */
  readonly #closed: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #crashes: string[] = [];

  constructor(child: ChildProcess) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    const heard = (event: 'exit' | 'close'): Promise<Ended> =>
      new Promise((settle) => {
        child.once('error', () => settle({ code: null, signal: null }));
        child.once(event, (code, signal) => settle({ code, signal }));
      });
    this.exited = heard('exit');
    this.#closed = heard('close');
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null)
        createInterface({ input: stream }).on('line', (line) => this.#keep(line));
    }
  }

  /** The newest lines of its output, both streams. */
  output(): string {
    return this.#lines.join('\n');
  }

  /** All lines in which a runner reports that a process of its runs crashed. */
  childCrashes(): readonly string[] {
    return this.#crashes;
  }

  /**
   * Resolves with the first matching line, also an earlier one; fails when the process ends first.
   */
  async waitForLine(pattern: RegExp, withinMs = 30_000): Promise<string> {
    return this.#whileAlive(`a line like ${pattern}`, withinMs, () =>
      this.#lines.find((line) => pattern.test(line)),
    );
  }

  /** Resolves when a GET of `url` answers 2xx; fails when the process ends first. */
  async waitForHealth(url: string, withinMs = 30_000): Promise<void> {
    await this.#whileAlive(`${url} is healthy`, withinMs, async () => {
      const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      await response.arrayBuffer();
      return response.ok;
    });
  }

  /** Resolves when the process has ended by itself, with its whole output. */
  async finished(): Promise<Ended & { output: string }> {
    return { ...(await this.#closed), output: this.output() };
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Closes its standard input; a service treats this as the end of its parent. */
  closeStdin(): void {
    this.#child.stdin?.end();
  }

  /** Sends SIGTERM, then SIGKILL after the limit; resolves with how the process ended. */
  async stop(): Promise<Ended> {
    this.#child.kill('SIGTERM');
    const insist = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    const ended = await this.exited;
    clearTimeout(insist);
    return ended;
  }

  #keep(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > OUTPUT_LINES) this.#lines.shift();
    if (CHILD_CRASH.test(line) && CRASH_SIGNAL.test(line)) this.#crashes.push(line);
  }

  async #whileAlive<T>(
    what: string,
    withinMs: number,
    probe: () => Promise<T | undefined | false> | T | undefined | false,
  ): Promise<T> {
    let ended: Ended | undefined;
    void this.#closed.then((how) => (ended = how));
    const answer = await eventually(
      what,
      async () => {
        const isOver = ended !== undefined;
        const value = await Promise.resolve(probe()).catch((error: unknown) => {
          if (!isOver) throw error;
          return undefined;
        });
        // Output before the end counts.
        if (value !== undefined && value !== false) return { value };
        return isOver ? { ended } : undefined;
      },
      withinMs,
    ).catch((error: unknown) => {
      throw new Error(`${what}: no; its output was\n${this.output()}`, { cause: error });
    });
    if ('ended' in answer) {
      throw new Error(
        `${what}: it ended (${JSON.stringify(ended)}); its output was\n${this.output()}`,
      );
    }
    return answer.value;
  }
}

/** Where an API that was started with `PORT=0` listens; resolves once it listens. */
export async function listeningUrl(api: ServiceProcess): Promise<string> {
  const line = await api.waitForLine(/"listening"/);
  const { port } = JSON.parse(line) as { port: number };
  return `http://127.0.0.1:${port}`;
}

/**
 * Starts the built program `entry` (relative to the repository) with `args`, and with exactly `env`
 * and the PATH.
 * With RAT_PARENT_PID a service ends when its standard input closes, so that no service outlives a
 * killed test process.
 */
export function startNode(
  entry: string,
  env: Record<string, string>,
  args: readonly string[] = [],
): ServiceProcess {
  const program = ['--enable-source-maps', resolve(REPOSITORY, entry), ...args];
  const child = spawn(process.execPath, program, {
    cwd: REPOSITORY,
    env: { PATH: process.env['PATH'] ?? '', RAT_PARENT_PID: String(process.pid), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return new ServiceProcess(child);
}
