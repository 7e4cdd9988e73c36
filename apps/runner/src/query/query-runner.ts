import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  queryChildMessage,
  type queryRows,
  type queryTables,
  type QueryChildMessage,
  type QueryCommand,
} from '@rat/contracts';
import {
  InputError,
  LimitError,
  TimedOutError,
  UnavailableError,
  type Failure,
  type PipelineRef,
} from '@rat/domain';
import type { Logger } from '@rat/runtime';
import type { z } from 'zod';
import { Children, type Child } from '../child-process/children.ts';

export interface QueryRunnerOptions {
  /** Queries at once; further ones are refused. */
  concurrency: number;
  timeoutMs: number;
  tempDir: string;
  memoryLimitMb: number;
  tempLimitMb: number;
  threads: number;
  log: Logger;
  /** How children are started; by default as processes of our own user. */
  children?: Children;
}

type TablesAnswer = z.infer<typeof queryTables>;
type Rows = Pick<z.infer<typeof queryRows>, 'columns' | 'rows' | 'truncated'>;

/** The most that one answer may weigh: it is in the memory of three processes at once. */
const ANSWER_MAX_BYTES = 16 * 1024 * 1024;

const CROWDED_RETRY_SECONDS = 2;

/**
 * Answers queries, each in a process of its own that is killed when its time is over or when nobody waits for it any
 * more; a query that brings its process down hurts nobody else. One process is kept ready in advance.
 */
export class QueryRunner {
  readonly #options: QueryRunnerOptions;
  readonly #children: Children;
  readonly #running = new Set<Child>();
  #spare: Child | undefined;
  #closed = false;

  constructor(options: QueryRunnerOptions) {
    this.#options = options;
    this.#children = options.children ?? new Children();
    this.#keepSpare();
  }

  /**
   * Throws InputError for what the author can mend, with its place, LimitError when there are too many at once,
   * TimedOutError, and whatever `resolve` throws.
   */
  async run(
    query: Pick<QueryCommand, 'sql' | 'namespace' | 'maxRows'>,
    resolve: (tables: PipelineRef[]) => Promise<TablesAnswer>,
    signal: AbortSignal,
  ): Promise<Rows> {
    const { concurrency, timeoutMs } = this.#options;
    if (this.#closed) throw new UnavailableError('the runner is stopping');
    if (this.#running.size >= concurrency) {
      const message = `${concurrency} queries are running already, which is as many as there may be`;
      throw new LimitError(message, CROWDED_RETRY_SECONDS);
    }
    signal.throwIfAborted();
    const child = this.#takeSpare();
    this.#running.add(child);
    const tempDir = join(this.#options.tempDir, `query_${randomUUID()}`);
    const timeout = AbortSignal.timeout(timeoutMs);
    const kill = (): void => child.kill('SIGKILL');
    const ends = AbortSignal.any([signal, timeout]);
    ends.addEventListener('abort', kill, { once: true });
    try {
      await mkdir(tempDir, { recursive: true });
      await child.lend([tempDir]);
      const { memoryLimitMb, tempLimitMb, threads } = this.#options;
      const limits = { tempDir, memoryLimitMb, tempLimitMb, threads, maxBytes: ANSWER_MAX_BYTES };
      return await converse(child, { type: 'query', ...query, ...limits }, resolve);
    } catch (error) {
      signal.throwIfAborted();
      if (!timeout.aborted) throw error;
      const message = `the query did not end within ${timeoutMs / 1_000} s`;
      throw new TimedOutError(message, { cause: error });
    } finally {
      ends.removeEventListener('abort', kill);
      kill();
      this.#running.delete(child);
      this.#keepSpare();
      await rm(tempDir, { recursive: true, force: true });
    }
  }

  /** Ends every process; queries in hand fail. */
  close(): void {
    this.#closed = true;
    for (const child of this.#running) child.kill('SIGKILL');
    this.#spare?.kill('SIGKILL');
    this.#spare = undefined;
  }

  #takeSpare(): Child {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare?.process.connected === true ? spare : this.#start();
  }

  #keepSpare(): void {
    if (this.#closed || this.#spare?.process.connected === true) return;
    this.#spare = this.#start();
  }

  #start(): Child {
    const entry = new URL('./query-child-main.js', import.meta.url);
    const child = this.#children.start(entry, 'read');
    child.process.on('error', (err) => this.#options.log.error({ err }, 'query process failed'));
    child.process.stderr?.setEncoding('utf8').on('data', (stderr: string) => {
      this.#options.log.error({ query_pid: child.pid, stderr }, 'query process complained');
    });
    return child;
  }
}

/** Tells a child its query, answers its question, and hears how it ended. */
function converse(
  { process: child }: Child,
  command: QueryCommand,
  resolveTables: (tables: PipelineRef[]) => Promise<TablesAnswer>,
): Promise<Rows> {
  return new Promise<Rows>((resolve, reject) => {
    const onMessage = (message: QueryChildMessage): void => {
      switch (message.type) {
        case 'resolve':
          resolveTables(message.tables).then((tables) => child.send(tables), reject);
          return;
        case 'answer':
          resolve(message);
          return;
        case 'failed':
          reject(refusal(message.failure));
      }
    };
    child.on('message', (raw) => {
      const parsed = queryChildMessage.safeParse(raw);
      if (parsed.success) onMessage(parsed.data);
      else reject(parsed.error);
    });
    child.once('exit', () => {
      reject(new Error('the process that ran the query ended unexpectedly'));
    });
    child.send(command, (error) => {
      if (error) reject(error);
    });
  });
}

/** Whatever DuckDB refuses is for the author to mend: the SQL, or what it needs. */
function refusal({ code, message, line, column }: Failure): Error {
  const path = 'sql';
  switch (code) {
    case 'out_of_memory':
    case 'disk_full':
      return new InputError('the query needs more memory and disk space than it may use');
    case 'storage_unavailable':
      return new UnavailableError('a file of the table cannot be read');
    case 'internal':
      return new Error(message);
    default:
      return new InputError(message, [
        {
          path,
          message: message.split('\n', 1)[0] ?? message,
          ...(line === undefined ? {} : { line }),
          ...(column === undefined ? {} : { column }),
        },
      ]);
  }
}
