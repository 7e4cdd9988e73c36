import type { ExecuteCommand } from '@rat/contracts';
import { withDeadline, type Logger } from '@rat/runtime';
import { MemoryCeiling } from '../child-process/memory-ceiling.ts';
import type { Children } from '../child-process/children.ts';
import { deferred } from '../executor-protocol/deferred.ts';
import { ExecutorChild } from './executor-child.ts';
import { ExecutorLostError, type ExecutionHooks } from './executor-run.ts';
import type { ExecutorOutcome } from '../executor-protocol/executor-outcome.ts';

export type { ExecutionHooks } from './executor-run.ts';
export type { AuditAnswer, ExecutorOutcome } from '../executor-protocol/executor-outcome.ts';

export interface ExecutorPoolOptions {
  /** Runs executed at once. */
  size: number;
  /** A child is replaced after this many runs, to bound the leaks of native libraries. */
  recycleAfterRuns: number;
  log: Logger;
  /** The child's program; by default the compiled one beside this module. */
  childEntry?: URL;
  /** How children are started; by default as processes of our own user. */
  children?: Children;
  /** How long an interrupted child may take to stop by itself; by default a second. */
  patienceMs?: number;
}

/** Executes runs in child processes and keeps some of them warm. */
export interface ExecutorPool {
  /**
   * Executes one attempt when a place is free; further calls wait in order. A dead child fails only
   * its own run, and the pool replaces it. An abort, before or during the run, returns
   * `interrupted`. Rejects only with the error of `resolveInputs` or `onStaged`. When it settles,
   * no hook is at work any more.
   */
  execute(
    command: ExecuteCommand,
    hooks: ExecutionHooks,
    signal: AbortSignal,
  ): Promise<ExecutorOutcome>;
  /** The process ids of the living children, busy ones first. */
  pids(): number[];
  /** Ends every child and interrupts the runs under way, within a few seconds. */
  close(): Promise<void>;
}

/** After this many children in a row were lost before their run began, the run fails. */
const MAX_TRIES = 3;

const CLOSE_DEADLINE_MS = 5_000;

/**
 * Starts a pool with one warm child. It starts up to `size` more on demand. A child serves one
 * namespace.
 */
export function createExecutorPool(options: ExecutorPoolOptions): ExecutorPool {
  return new ForkedExecutorPool(options);
}

/**
 * Invariants: at most `size` children are busy and `size` + 1 are alive, besides those that are
 * being stopped. An open pool keeps one unused child ready, so that a run of any namespace finds a
 * started process, even after a crash. A used child keeps its namespace: SQL of another namespace
 * could find data in the process. An idle child is healthy and below its number of runs.
 */
class ForkedExecutorPool implements ExecutorPool {
  readonly #options: ExecutorPoolOptions;
  readonly #entry: URL;
  readonly #ceiling: MemoryCeiling;
  /** The most recently used child is first; unused ones are last. */
  readonly #idle: ExecutorChild[] = [];
  readonly #busy = new Set<ExecutorChild>();
  readonly #stopping = new Set<Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  #places: number;
  #closed = false;

  constructor(options: ExecutorPoolOptions) {
    this.#options = options;
    this.#places = options.size;
    this.#ceiling = new MemoryCeiling(options.log);
    this.#entry = options.childEntry ?? new URL('../execution/child-main.js', import.meta.url);
    this.#keepSpare();
  }

  async execute(
    command: ExecuteCommand,
    hooks: ExecutionHooks,
    signal: AbortSignal,
  ): Promise<ExecutorOutcome> {
    if (!(await this.#takePlace(signal))) return { kind: 'interrupted' };
    try {
      return await this.#executeOnLiving(command, hooks, signal);
    } finally {
      this.#freePlace();
    }
  }

  /**
   * An idle child may have died unnoticed. The run has not begun then, so the next child takes it.
   */
  async #executeOnLiving(
    command: ExecuteCommand,
    hooks: ExecutionHooks,
    signal: AbortSignal,
  ): Promise<ExecutorOutcome> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#executeOnNext(command, hooks, signal);
      } catch (error) {
        if (!(error instanceof ExecutorLostError)) throw error;
        if (this.#closed || signal.aborted) return { kind: 'interrupted' };
        this.#options.log.warn({ err: error, tries }, 'executor lost before its run began');
        if (tries < MAX_TRIES) continue;
        const message = 'the process that executes runs could not be started';
        return { kind: 'failed', failure: { code: 'internal', message } };
      }
    }
  }

  async #executeOnNext(
    command: ExecuteCommand,
    hooks: ExecutionHooks,
    signal: AbortSignal,
  ): Promise<ExecutorOutcome> {
    const child = this.#takeIdle(command.pipeline.namespace) ?? this.#start();
    this.#busy.add(child);
    this.#keepSpare();
    this.#stopSurplus();
    try {
      await child.ready;
      if (signal.aborted) return { kind: 'interrupted' };
      return await child.execute(command, hooks, signal);
    } finally {
      this.#busy.delete(child);
      this.#putBack(child);
    }
  }

  pids(): number[] {
    const children = [...this.#busy, ...this.#idle];
    return children.map((child) => child.pid).filter((pid) => pid !== undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const wake of this.#waiting.splice(0)) wake();
    for (const child of [...this.#idle.splice(0), ...this.#busy]) this.#stop(child);
    await withDeadline(Promise.all(this.#stopping), CLOSE_DEADLINE_MS);
  }

  /** Waits for one of the `size` places; false when the signal aborts or the pool closes first. */
  async #takePlace(signal: AbortSignal): Promise<boolean> {
    while (this.#places === 0 && !signal.aborted && !this.#closed) {
      const freed = deferred<void>();
      const wake = (): void => freed.resolve();
      this.#waiting.push(wake);
      signal.addEventListener('abort', wake, { once: true });
      await freed.promise;
      signal.removeEventListener('abort', wake);
      remove(this.#waiting, wake);
    }
    if (signal.aborted || this.#closed) return false;
    this.#places -= 1;
    return true;
  }

  #freePlace(): void {
    this.#places += 1;
    this.#waiting.shift()?.();
  }

  /** Takes an idle child of the namespace, or else an unused one. */
  #takeIdle(namespace: string): ExecutorChild | undefined {
    const fits = (wanted: string | undefined): number =>
      this.#idle.findIndex((child) => !child.gone && child.namespace === wanted);
    const own = fits(namespace);
    const index = own < 0 ? fits(undefined) : own;
    return index < 0 ? undefined : this.#idle.splice(index, 1)[0];
  }

  #keepSpare(): void {
    const hasSpare = this.#idle.some((child) => child.namespace === undefined);
    if (!this.#closed && !hasSpare) this.#idle.push(this.#start());
  }

  /** Stops the longest idle used children while too many children are alive. */
  #stopSurplus(): void {
    while (this.#idle.length + this.#busy.size > this.#options.size + 1) {
      const index = this.#idle.findLastIndex((child) => child.namespace !== undefined);
      const [surplus] = index < 0 ? [] : this.#idle.splice(index, 1);
      if (surplus === undefined) return;
      this.#stop(surplus);
    }
  }

  #start(): ExecutorChild {
    const child = new ExecutorChild(this.#entry, this.#options.log, {
      ceiling: this.#ceiling,
      children: this.#options.children,
      patienceMs: this.#options.patienceMs,
    });
    void this.#forgetWhenGone(child);
    return child;
  }

  async #forgetWhenGone(child: ExecutorChild): Promise<void> {
    await child.exited;
    // A child that died before its first run is not replaced here: its successor would probably die
    // too, and the next run reports the problem.
    if (remove(this.#idle, child) && child.runs > 0) this.#keepSpare();
  }

  #putBack(child: ExecutorChild): void {
    const worn = child.runs >= this.#options.recycleAfterRuns || child.isBloated;
    if (this.#closed || child.gone || worn) {
      this.#stop(child);
    } else {
      // The most recently used child is the warmest.
      this.#idle.unshift(child);
    }
    this.#keepSpare();
    this.#stopSurplus();
  }

  #stop(child: ExecutorChild): void {
    const stopping = child.stop().finally(() => this.#stopping.delete(stopping));
    this.#stopping.add(stopping);
  }
}

/** Removes one element; returns whether the list had it. */
function remove<T>(list: T[], element: T): boolean {
  const index = list.indexOf(element);
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}
