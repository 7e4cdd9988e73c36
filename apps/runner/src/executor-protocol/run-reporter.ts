import type { ExecutorLog, ExecutorPhase, ExecutorProgress, ExecutorQuality } from '@rat/contracts';
import type { LogLevel, Phase, QualityResult } from '@rat/domain';

/** Where an execution tells what it does. */
export interface RunListener {
  onLog: (line: ExecutorLog) => void;
  onPhase: (mark: ExecutorPhase) => void;
  onQuality: (told: ExecutorQuality) => void;
  onProgress?: (progress: ExecutorProgress) => void;
}

/** A listener that may ask for a pause. */
export interface ExecutionListener extends RunListener {
  /** Resolves when there is room for more, or the run is to stop. */
  waitForCapacity?: () => Promise<void>;
}

/** How long a percentage that does not change is not told again. */
const SAME_PROGRESS_MS = 5_000;

/** What a phase adds to its own mark. */
export interface PhaseFigures {
  rows?: number;
  bytes?: number;
}

/**
 * Turns an execution's progress into log lines, phase marks and results of tests. Every phase that began is ended by exactly one mark;
 * lines belong to the phase that is under way.
 */
export class RunReporter {
  readonly #listener: ExecutionListener;
  readonly #signal: AbortSignal;
  #phase: Phase = 'detect';
  #lastProgress = { percent: -1, atMs: 0 };

  constructor(listener: ExecutionListener, signal: AbortSignal) {
    this.#listener = listener;
    this.#signal = signal;
  }

  /** The phase that is under way, or was last. */
  get phase(): Phase {
    return this.#phase;
  }

  log(level: LogLevel, message: string): void {
    const timestamp = new Date().toISOString();
    this.#listener.onLog({ type: 'log', timestamp, level, phase: this.#phase, message });
  }

  /** What one quality test came to. */
  quality(result: QualityResult): void {
    this.#listener.onQuality({ type: 'quality', result });
  }

  /** Tells how far the running statement is; what says nothing new is left out. */
  progress(percent: number, rows?: number): void {
    const whole = Math.min(100, Math.floor(percent));
    const now = performance.now();
    const { percent: last, atMs } = this.#lastProgress;
    if (whole === last && now - atMs < SAME_PROGRESS_MS) return;
    this.#lastProgress = { percent: whole, atMs: now };
    this.#listener.onProgress?.({
      type: 'progress',
      timestamp: new Date().toISOString(),
      phase: this.#phase,
      percent: whole,
      ...(rows === undefined ? {} : { rows }),
      memoryBytes: process.memoryUsage.rss(),
    });
  }

  /** Waits while what was said is not taken: called between statements, so that nothing heaps up. */
  async waitForCapacity(): Promise<void> {
    await this.#listener.waitForCapacity?.();
  }

  /** Does a phase's work between its two marks; `figures` reads rows and bytes off its result. */
  async inPhase<T>(
    name: Phase,
    work: () => Promise<T>,
    figures: (result: T) => PhaseFigures = () => ({}),
  ): Promise<T> {
    this.#phase = name;
    const startedAt = new Date().toISOString();
    const startedMs = performance.now();
    const mark = (status: ExecutorPhase['status'], added: PhaseFigures = {}): void => {
      const durationMs = Math.round(performance.now() - startedMs);
      this.#listener.onPhase({ type: 'phase', name, status, startedAt, durationMs, ...added });
    };
    this.#listener.onPhase({ type: 'phase', name, status: 'started', startedAt });
    try {
      await this.waitForCapacity();
      this.#signal.throwIfAborted();
      const result = await work();
      this.#signal.throwIfAborted();
      mark('success', figures(result));
      return result;
    } catch (error) {
      mark(this.#signal.aborted ? 'cancelled' : 'failed');
      throw error;
    }
  }
}
