import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  queryChildMessage,
  type queryAnswerHead,
  type queryTablesMessage,
  type QueryChildMessage,
  type QueryCommand,
} from '@rat/contracts';
import { TimedOutError, UnavailableError, type PipelineRef } from '@rat/domain';
import type { Logger } from '@rat/runtime';
import type { z } from 'zod';
import { Children, type Child } from '../child-process/children.ts';
import { explainEnd } from '../child-process/explain-end.ts';
import { MemoryCeiling } from '../child-process/memory-ceiling.ts';
import { MemoryWatch } from '../child-process/memory-watch.ts';
import { openRows, type RowsText } from './open-rows.ts';
import { endError, refusal } from './query-errors.ts';
import { QueryLine, type QueryAsker } from './query-line.ts';

export interface QueryRunnerOptions {
  /** Queries at once; a further one waits for a place, and is refused after `waitMs`. */
  concurrency: number;
  /** How long a query waits for its place; WAIT_MS where not given. */
  waitMs?: number;
  timeoutMs: number;
  tempDir: string;
  memoryLimitMb: number;
  tempLimitMb: number;
  threads: number;
  log: Logger;
  /** The child's program; by default the compiled one beside this module. */
  childEntry?: URL;
  /** How children are started; by default as processes of our own user. */
  children?: Children;
}

type TablesAnswer = z.infer<typeof queryTablesMessage>;
type AnswerHead = Omit<z.infer<typeof queryAnswerHead>, 'type'>;

/** An answer. Its owner closes the rows. */
export interface QueryResult extends AnswerHead {
  rows: RowsText;
}

/** The most that the rows of one answer may weigh: the child holds them as values and as text. */
const ANSWER_MAX_BYTES = 16 * 1024 * 1024;

/** The rows' text has brackets and commas besides. */
const ROWS_TEXT_MAX_BYTES = 2 * ANSWER_MAX_BYTES;

/** Long enough for a preview to end, short enough for a person. */
const WAIT_MS = 4_000;
const MAX_WAITING_PER_CLIENT = 20;

const STDERR_KEPT = 4_000;

const DEFAULT_ENTRY = new URL('./query-child-main.js', import.meta.url);

/** A process that answers one query, with what the runner keeps of it. */
interface QueryChild {
  child: Child;
  memory: MemoryWatch;
  /** The end of its standard error. */
  stderr: string;
}

/**
 * Answers queries, each in a process of its own. The process is killed when its time is over or its client has left, and
 * a query that crashes its process affects no other query. One process is started in advance.
 */
export class QueryRunner {
  readonly #options: QueryRunnerOptions;
  readonly #line: QueryLine;
  readonly #children: Children;
  readonly #ceiling: MemoryCeiling;
  readonly #running = new Set<QueryChild>();
  #spare: QueryChild | undefined;
  #closed = false;

  constructor(options: QueryRunnerOptions) {
    this.#options = options;
    this.#children = options.children ?? new Children();
    const { concurrency, waitMs = WAIT_MS, log } = options;
    this.#line = new QueryLine({ places: concurrency, waitMs, maxWaiting: MAX_WAITING_PER_CLIENT });
    this.#ceiling = new MemoryCeiling(log);
    this.#keepSpare();
  }

  /**
   * Queries of one `client` leave a place for others. Throws
   * - InputError for a mistake in the query, with its place, and for a query that crashes its process;
   * - LimitError when no place is free in time;
   * - TimedOutError, and the errors of `resolve`.
   */
  async run(
    query: Pick<QueryCommand, 'sql' | 'namespace' | 'maxRows' | 'format'>,
    resolve: (tables: PipelineRef[]) => Promise<TablesAnswer>,
    { client, mayWait = true, signal }: QueryAsker,
  ): Promise<QueryResult> {
    if (this.#closed) throw new UnavailableError('the runner is stopping');
    const giveBack = await this.#line.take({ client, mayWait, signal });
    try {
      return await this.#answer(query, resolve, signal);
    } finally {
      giveBack();
    }
  }

  async #answer(
    query: Pick<QueryCommand, 'sql' | 'namespace' | 'maxRows' | 'format'>,
    resolve: (tables: PipelineRef[]) => Promise<TablesAnswer>,
    signal: AbortSignal,
  ): Promise<QueryResult> {
    const { memoryLimitMb, tempLimitMb, threads, timeoutMs } = this.#options;
    const taken = this.#takeSpare();
    const { child, memory } = taken;
    this.#running.add(taken);
    const tempDir = join(this.#options.tempDir, `query_${randomUUID()}`);
    const timeout = AbortSignal.timeout(timeoutMs);
    const kill = (): void => child.kill('SIGKILL');
    const ends = AbortSignal.any([signal, timeout]);
    ends.addEventListener('abort', kill, { once: true });
    memory.start(this.#options);
    try {
      await mkdir(tempDir, { recursive: true });
      await child.lend([tempDir]);
      const limits = { tempDir, memoryLimitMb, tempLimitMb, threads, maxBytes: ANSWER_MAX_BYTES };
      const head = await converse(taken, { type: 'query', ...query, ...limits }, resolve);
      kill();
      await child.takeBack(tempDir);
      return { ...head, rows: await openRows(tempDir, ROWS_TEXT_MAX_BYTES) };
    } catch (error) {
      signal.throwIfAborted();
      if (this.#closed) throw new UnavailableError('the runner is stopping', { cause: error });
      if (!timeout.aborted) throw error;
      const message = `the query did not end within ${timeoutMs / 1_000} s`;
      throw new TimedOutError(message, { cause: error });
    } finally {
      ends.removeEventListener('abort', kill);
      kill();
      memory.stop();
      this.#running.delete(taken);
      this.#keepSpare();
      await rm(tempDir, { recursive: true, force: true });
    }
  }

  /** The process ids of the children that answer, and of the one that is ready. */
  pids(): number[] {
    const children = [...this.#running, ...(this.#spare ? [this.#spare] : [])];
    return children.map(({ child }) => child.pid).filter((pid) => pid !== undefined);
  }

  /** Ends every process; queries in hand fail. */
  close(): void {
    this.#closed = true;
    this.#line.close();
    for (const { child } of this.#running) child.kill('SIGKILL');
    this.#spare?.child.kill('SIGKILL');
    this.#spare = undefined;
  }

  #takeSpare(): QueryChild {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare?.child.process.connected === true ? spare : this.#start();
  }

  #keepSpare(): void {
    if (this.#closed || this.#spare?.child.process.connected === true) return;
    this.#spare = this.#start();
  }

  #start(): QueryChild {
    const child = this.#children.start(this.#options.childEntry ?? DEFAULT_ENTRY, 'read');
    child.process.on('error', (err) => this.#options.log.error({ err }, 'query process failed'));
    const memory = new MemoryWatch({
      pid: () => child.pid,
      ceiling: this.#ceiling,
      onExceeded: () => child.kill('SIGKILL'),
    });
    const started: QueryChild = { child, memory, stderr: '' };
    child.process.stderr?.setEncoding('utf8').on('data', (stderr: string) => {
      started.stderr = (started.stderr + stderr).slice(-STDERR_KEPT);
      this.#options.log.error({ query_pid: child.pid, stderr }, 'query process complained');
    });
    // Set while the process is idle, so that no query waits for it.
    memory.limit(this.#options);
    return started;
  }
}

/** Sends a child its query, answers its question about the tables, and resolves with the head of its answer. */
function converse(
  queryChild: QueryChild,
  command: QueryCommand,
  resolveTables: (tables: PipelineRef[]) => Promise<TablesAnswer>,
): Promise<AnswerHead> {
  const { process: child } = queryChild.child;
  return new Promise<AnswerHead>((resolve, reject) => {
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
    const onEnd = (code: number | null, signal: NodeJS.Signals | null): void => {
      const { exceeded, isNearLimit } = queryChild.memory;
      const { stderr } = queryChild;
      reject(endError(explainEnd({ code, signal, stderr, exceeded, isNearLimit })));
    };
    child.once('exit', (code, signal) => {
      // The end of its standard error may still be in the pipe.
      if (!child.stderr || child.stderr.closed) onEnd(code, signal);
      else child.stderr.once('close', () => onEnd(code, signal));
    });
    child.send(command, (error) => {
      // The exit explains more than the failed send. Its event is still to come, unless it fired before the listener.
      if (error && isOver(child)) onEnd(child.exitCode, child.signalCode);
    });
  });
}

function isOver({ exitCode, signalCode }: Child['process']): boolean {
  return exitCode !== null || signalCode !== null;
}
