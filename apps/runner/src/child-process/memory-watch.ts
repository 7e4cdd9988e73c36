import type { MemoryCeiling } from './memory-ceiling.ts';
import { planMemory, type ProcessLimits } from './memory-limits.ts';
import { processTree, readMemoryUse, type MemoryUse } from './memory-use.ts';

/** Two cores can fill 2 GB a second, so a process grows by at most 40 MB between two samples. */
const LOOK_EVERY_MS = 20;

/**
 * After this time the watch reads the process tree again: a sandbox has started the working process
 * by then.
 */
const SECOND_TREE_MS = 500;

/** A process that crashes while it holds this share of its ceiling is out of memory. */
const NEAR = 0.85;

export interface MemoryWatchOptions {
  /** The process that was started; the watch counts its descendants too. */
  pid: () => number | undefined;
  ceiling: Pick<MemoryCeiling, 'set'>;
  /** Kills the process. */
  onExceeded: () => void;
}

/**
 * Watches the memory of one process while it works. Two mechanisms enforce a limit: the kernel
 * refuses memory beyond the ceiling, and the watch kills a process whose resident memory (`VmRSS`)
 * exceeds its own limit. Without /proc (macOS) only DuckDB's own limit applies.
 */
export class MemoryWatch {
  readonly #options: MemoryWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #pids: number[] = [];
  #limits: ProcessLimits = { memoryLimitMb: 0, threads: 1 };
  #startedMs = 0;
  #hasSecondTree = false;
  #exceeded = false;
  #peak: MemoryUse = { resident: 0, mapped: 0 };
  #kept: MemoryUse = { resident: 0, mapped: 0 };

  constructor(options: MemoryWatchOptions) {
    this.#options = options;
  }

  /** Whether the watch had to kill the process. */
  get exceeded(): boolean {
    return this.#exceeded;
  }

  /**
   * Whether the process held nearly all its memory. It then counts as out of memory, whichever
   * signal ended it.
   */
  get isNearLimit(): boolean {
    const { watchBytes, ceilingBytes } = planMemory(this.#limits);
    return this.#peak.resident > NEAR * watchBytes || this.#peak.mapped > NEAR * ceilingBytes;
  }

  /**
   * Whether to replace the process: it still held much when the watch stopped, or once held nearly
   * all.
   */
  get isBloated(): boolean {
    const { idleBytes, idleMappedBytes } = planMemory(this.#limits);
    const { resident, mapped } = this.#kept;
    return this.isNearLimit || resident > idleBytes || mapped > idleMappedBytes;
  }

  /** Starts the watch, or restarts it with another limit. */
  start(limits: ProcessLimits): void {
    this.stop();
    this.#peak = { resident: 0, mapped: 0 };
    this.#startedMs = performance.now();
    this.limit(limits);
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    // The IPC channel of a watched process keeps the runner alive; this timer must not.
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#kept = readMemoryUse(this.#pids) ?? { resident: 0, mapped: 0 };
  }

  /** Sets the kernel's limit without starting the watch, for an idle process. */
  limit({ memoryLimitMb, threads }: ProcessLimits): void {
    const isSame = this.#limits.memoryLimitMb === memoryLimitMb && this.#limits.threads === threads;
    if (isSame && this.#pids.length > 0) return;
    this.#limits = { memoryLimitMb, threads };
    this.#hasSecondTree = false;
    this.#setCeiling();
  }

  #setCeiling(): void {
    const pid = this.#options.pid();
    if (pid === undefined) return;
    const known = this.#pids;
    this.#pids = processTree(pid);
    const isNew = this.#hasSecondTree
      ? this.#pids.filter((one) => !known.includes(one))
      : this.#pids;
    void this.#options.ceiling.set(isNew, planMemory(this.#limits).ceilingBytes);
  }

  #look(): void {
    if (!this.#hasSecondTree && performance.now() - this.#startedMs > SECOND_TREE_MS) {
      this.#hasSecondTree = true;
      this.#setCeiling();
    }
    const use = readMemoryUse(this.#pids);
    if (use === undefined) return;
    this.#peak = {
      resident: Math.max(this.#peak.resident, use.resident),
      mapped: Math.max(this.#peak.mapped, use.mapped),
    };
    if (this.#exceeded || use.resident <= planMemory(this.#limits).watchBytes) return;
    this.#exceeded = true;
    this.#options.onExceeded();
  }
}
