import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  FIRST_ROWS_MAX,
  landingChildMessage,
  type LandingChildMessage,
  type LandingParentMessage,
} from '@rat/contracts';
import {
  LimitError,
  TimedOutError,
  UnavailableError,
  UnprocessableError,
  type Column,
} from '@rat/domain';
import type { FileFormat, FileProblem, InspectedFile } from '@rat/engine-duckdb';
import { Semaphore, type Logger } from '@rat/runtime';
import { Children, type Child } from '../child-process/children.ts';
import { explainEnd } from '../child-process/explain-end.ts';
import { MemoryCeiling } from '../child-process/memory-ceiling.ts';
import { MemoryWatch } from '../child-process/memory-watch.ts';

export interface FileInspectorOptions {
  /** How long one file may take. */
  timeoutMs: number;
  tempDir: string;
  memoryLimitMb: number;
  tempLimitMb: number;
  threads: number;
  log: Logger;
  /** How children are started; by default as processes of our own user. */
  children?: Children;
  /** The child's program; by default the compiled one beside this module. */
  childEntry?: URL;
}

/** A file that is alone in its folder, and that children may read. */
export interface InspectorFile {
  /** Absolute. */
  folder: string;
  name: string;
  format: FileFormat;
  bytes: number;
}

/** Files at once; each has a process of its own. */
const PLACES = 2;
const MOST_WAITING = 20;
const RETRY_SECONDS = 2;

/** The most bytes of the first rows as JSON: they travel in one message. */
const ROWS_MAX_BYTES = 1024 * 1024;

const STDERR_KEPT = 4_000;

type Command =
  | { type: 'inspect'; maxRows: number; maxBytes: number }
  | { type: 'check'; expected: Column[] };

/**
 * Looks into delivered files, each in a process of its own, in the sandbox of queries. A file that
 * breaks its reader affects nothing else.
 *
 * Throws, beside the reason of the signal:
 * - UnprocessableError for a file that breaks its process or needs more memory than it may use;
 * - TimedOutError, and LimitError when too many files wait.
 */
export class FileInspector {
  readonly #options: FileInspectorOptions;
  readonly #children: Children;
  readonly #ceiling: MemoryCeiling;
  readonly #places = new Semaphore(PLACES);
  readonly #running = new Set<Child>();
  #waiting = 0;
  #closed = false;

  constructor(options: FileInspectorOptions) {
    this.#options = options;
    this.#children = options.children ?? new Children();
    this.#ceiling = new MemoryCeiling(options.log);
  }

  /** The columns, first rows and problem of a file. */
  async inspect(file: InspectorFile, signal: AbortSignal): Promise<InspectedFile> {
    const command = { type: 'inspect', maxRows: FIRST_ROWS_MAX, maxBytes: ROWS_MAX_BYTES } as const;
    const answer = await this.#ask(file, command, signal);
    if (answer.type !== 'inspected') throw new Error(`a child answered inspect: ${answer.type}`);
    const { columns, rows, rowCount, problem } = answer;
    return { columns, rows, rowCount, problem };
  }

  /** In what a file differs from the expected columns; none when it fits. */
  async check(
    file: InspectorFile,
    expected: readonly Column[],
    signal: AbortSignal,
  ): Promise<FileProblem[]> {
    const answer = await this.#ask(file, { type: 'check', expected: [...expected] }, signal);
    if (answer.type !== 'checked') throw new Error(`a child answered check: ${answer.type}`);
    return answer.problems;
  }

  /** Ends every process; looks under way fail. */
  close(): void {
    this.#closed = true;
    this.#places.stop();
    for (const child of this.#running) child.kill('SIGKILL');
  }

  async #ask(
    file: InspectorFile,
    command: Command,
    signal: AbortSignal,
  ): Promise<LandingChildMessage> {
    if (this.#waiting >= MOST_WAITING) {
      throw new LimitError('too many delivered files wait to be looked at', RETRY_SECONDS);
    }
    this.#waiting += 1;
    let answer: LandingChildMessage | undefined;
    try {
      await this.#places.use(async () => {
        signal.throwIfAborted();
        answer = await this.#askChild(file, command, signal);
      });
    } finally {
      this.#waiting -= 1;
    }
    if (answer === undefined) throw new UnavailableError('the runner is stopping');
    return answer;
  }

  async #askChild(
    file: InspectorFile,
    command: Command,
    signal: AbortSignal,
  ): Promise<LandingChildMessage> {
    const { timeoutMs, tempLimitMb, memoryLimitMb, threads, log } = this.#options;
    const tempDir = join(this.#options.tempDir, `look_${randomUUID()}`);
    const entry = this.#options.childEntry ?? new URL('./landing-child-main.js', import.meta.url);
    const child = this.#children.start(entry, 'read');
    this.#running.add(child);
    const kill = (): void => child.kill('SIGKILL');
    const timeout = AbortSignal.timeout(timeoutMs);
    const ends = AbortSignal.any([signal, timeout]);
    ends.addEventListener('abort', kill, { once: true });
    const memory = new MemoryWatch({
      pid: () => child.pid,
      ceiling: this.#ceiling,
      onExceeded: kill,
    });
    memory.start({ memoryLimitMb, threads });
    try {
      await mkdir(tempDir, { recursive: true });
      await child.lend([tempDir]);
      const limits = { tempDir, memoryLimitMb, tempLimitMb, threads };
      // The watcher of an aborted child may have nothing left to wait for.
      ends.throwIfAborted();
      return await converse(child, { ...file, ...command, ...limits }, { memory, log });
    } catch (error) {
      signal.throwIfAborted();
      if (this.#closed) throw new UnavailableError('the runner is stopping', { cause: error });
      if (!timeout.aborted) throw error;
      const message = `reading ${file.name} did not end within ${timeoutMs / 1_000} s`;
      throw new TimedOutError(message, { cause: error });
    } finally {
      ends.removeEventListener('abort', kill);
      memory.stop();
      kill();
      this.#running.delete(child);
      await rm(tempDir, { recursive: true, force: true });
    }
  }
}

function converse(
  { process: child }: Child,
  command: LandingParentMessage,
  { memory, log }: { memory: MemoryWatch; log: Logger },
): Promise<LandingChildMessage> {
  return new Promise((resolve, reject) => {
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-STDERR_KEPT);
      log.error({ landing_pid: child.pid, stderr: text }, 'process that reads a file complained');
    });
    child.on('message', (raw) => {
      const parsed = landingChildMessage.safeParse(raw);
      if (!parsed.success) reject(parsed.error);
      else if (parsed.data.type === 'failed') reject(tooMuch(command.name));
      else resolve(parsed.data);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      const { exceeded, isNearLimit } = memory;
      const end = explainEnd({ code, signal, stderr, exceeded, isNearLimit });
      if (end.kind === 'out_of_memory') reject(tooMuch(command.name));
      else if (end.kind === 'crashed') {
        const message = `${command.name} brought the process that reads it down (${end.signal})`;
        reject(new UnprocessableError(message));
      } else {
        const message = 'the process that reads the file was ended from outside; try again';
        reject(new UnavailableError(message));
      }
    });
    child.send(command, (error) => {
      if (error) reject(error);
    });
  });
}

function tooMuch(name: string): UnprocessableError {
  return new UnprocessableError(`reading ${name} needs more memory and disk space than it may use`);
}
