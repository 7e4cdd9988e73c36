import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  queryAnswerHead,
  queryTablesMessage,
  QueryCommand,
  QueryParentMessage,
} from '@rat/contracts';
import { TimedOutError, UnavailableError, type PipelineRef } from '@rat/domain';
import type { Logger } from '@rat/runtime';
import type { z } from 'zod';
import { Children } from '../child-process/children.ts';
import { MemoryCeiling } from '../child-process/memory-ceiling.ts';
import { MemoryWatch } from '../child-process/memory-watch.ts';
import { inputsFolder } from '../executor-protocol/attempt-folders.ts';
import { converse, type LastMessage, type QueryChild, type Wanted } from './converse.ts';
import { KeptChild } from './kept-child.ts';
import { openRows, type RowsText } from './open-rows.ts';
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
  /** How long a process waits for the next question of its namespace; KEEP_MS where not given. */
  keepMs?: number;
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

/** Long enough for an answer to begin, short beside the start of a process. */
const SPARE_AFTER_MS = 20;

const STDERR_KEPT = 4_000;

const DEFAULT_ENTRY = new URL('./query-child-main.js', import.meta.url);

/** What a process may use; paths are absolute. */
export interface ChildLimits {
  tempDir: string;
  memoryLimitMb: number;
  tempLimitMb: number;
  threads: number;
}

/** One question to a process. */
export interface Question<T> {
  /** What it is called in a message, such as `query`. */
  what: string;
  /**
   * Set when the process may have answered questions of this namespace, and may answer more of them.
   * Every other question has a process of its own. The answer must fit its last message: a process
   * that wrote rows ends before they are read.
   */
  namespace?: string;
  /** Its time limit, where that is shorter than that of queries. */
  timeoutMs?: number;
  /** The first message to the process. */
  command: (limits: ChildLimits) => QueryParentMessage;
  /** Answers what the process requests. It may write into the process's folder. */
  resolve: (wanted: Wanted, tempDir: string, signal: AbortSignal) => Promise<QueryParentMessage>;
  /** Reads the last message, and the rows that the process wrote, which `openRows` opens. */
  read: (last: LastMessage, openRows: () => Promise<RowsText>) => Promise<T>;
}

/**
 * Answers queries, each in a process of its own, and checks of pipelines, in a process of their namespace. The process is
 * killed when its time is over or its client has left, and a query that crashes its process affects no other query. One
 * process is started in advance.
 */
export class QueryRunner {
  readonly #options: QueryRunnerOptions;
  readonly #line: QueryLine;
  readonly #children: Children;
  readonly #ceiling: MemoryCeiling;
  readonly #running = new Set<QueryChild>();
  readonly #kept: KeptChild;
  #spare: QueryChild | undefined;
  #closed = false;

  constructor(options: QueryRunnerOptions) {
    this.#options = options;
    this.#children = options.children ?? new Children();
    const { concurrency, waitMs = WAIT_MS, log } = options;
    this.#line = new QueryLine({ places: concurrency, waitMs, maxWaiting: MAX_WAITING_PER_CLIENT });
    this.#ceiling = new MemoryCeiling(log);
    this.#kept = new KeptChild(options.keepMs);
    this.#keepSpare();
  }

  /**
   * Queries of one `client` leave a place for others. Throws
   * - InputError for a mistake in the query, with its place, and for a query that crashes its process;
   * - LimitError when no place is free in time;
   * - TimedOutError, and the errors of `resolve`.
   */
  async run(
    query: Pick<QueryCommand, 'sql' | 'namespace' | 'maxRows' | 'format' | 'rowsAs'>,
    resolve: (tables: PipelineRef[]) => Promise<TablesAnswer>,
    asker: QueryAsker,
  ): Promise<QueryResult> {
    const question: Question<QueryResult> = {
      what: 'query',
      command: (limits) => ({ type: 'query', ...query, ...limits, maxBytes: ANSWER_MAX_BYTES }),
      // A callback that throws at once must fail its query, not the runner.
      resolve: async ({ tables }) => resolve(tables),
      read: async (last, openAnswer) => {
        if (last.type !== 'answer') throw new Error(`a query was answered with ${last.type}`);
        return { ...last, rows: await openAnswer() };
      },
    };
    return this.ask(question, asker);
  }

  /**
   * Sends a process one question, within the places and limits of queries. Throws like `run`;
   * `question.what` names it in a message about its time.
   */
  async ask<T>(question: Question<T>, { client, mayWait = true, signal }: QueryAsker): Promise<T> {
    if (this.#closed) throw new UnavailableError('the runner is stopping');
    const giveBack = await this.#line.take({ client, mayWait, signal });
    try {
      return await this.#answer(question, signal);
    } finally {
      giveBack();
    }
  }

  async #answer<T>(question: Question<T>, signal: AbortSignal): Promise<T> {
    const { memoryLimitMb, tempLimitMb, threads } = this.#options;
    const timeoutMs = Math.min(this.#options.timeoutMs, question.timeoutMs ?? Infinity);
    const { namespace } = question;
    const kept = namespace === undefined ? undefined : this.#kept.take(namespace);
    const taken = kept ?? this.#takeSpare();
    const { child, memory } = taken;
    let keepsFor: string | undefined;
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
      const limits = { tempDir, memoryLimitMb, tempLimitMb, threads };
      const last = await converse(taken, question.command(limits), (wanted) =>
        question.resolve(wanted, tempDir, ends),
      );
      if (namespace === undefined) kill();
      const answer = await question.read(last, async () => {
        if (namespace !== undefined) throw new Error('a process that is kept answers no rows');
        await rm(inputsFolder(tempDir), { recursive: true, force: true });
        await child.takeBack(tempDir);
        return openRows(tempDir, ROWS_TEXT_MAX_BYTES);
      });
      // Only after its whole answer: a process that failed or was interrupted may still be at work.
      if (!this.#closed && !ends.aborted) keepsFor = namespace;
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      if (this.#closed) throw new UnavailableError('the runner is stopping', { cause: error });
      if (!timeout.aborted) throw error;
      const message = `the ${question.what} did not end within ${timeoutMs / 1_000} s`;
      throw new TimedOutError(message, { cause: error });
    } finally {
      ends.removeEventListener('abort', kill);
      memory.stop();
      this.#running.delete(taken);
      if (keepsFor === undefined) kill();
      else this.#kept.keep(taken, keepsFor);
      // The answer is sent first: to start a process blocks this thread for some 10 ms.
      setTimeout(() => this.#keepSpare(), SPARE_AFTER_MS).unref();
      await rm(tempDir, { recursive: true, force: true });
    }
  }

  /** The process ids of the children that answer, of the one that is kept and of the one that is ready. */
  pids(): number[] {
    const children = [...this.#running, this.#kept.child, this.#spare];
    return children.map((one) => one?.child.pid).filter((pid) => pid !== undefined);
  }

  /** Ends every process; queries in hand fail. */
  close(): void {
    this.#closed = true;
    this.#line.close();
    for (const { child } of this.#running) child.kill('SIGKILL');
    this.#kept.end();
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
    const started: QueryChild = { child, memory, stderr: '', answers: 0 };
    child.process.stderr?.setEncoding('utf8').on('data', (stderr: string) => {
      started.stderr = (started.stderr + stderr).slice(-STDERR_KEPT);
      this.#options.log.error({ query_pid: child.pid, stderr }, 'query process complained');
    });
    // Set while the process is idle, so that no query waits for it.
    memory.limit(this.#options);
    return started;
  }
}
