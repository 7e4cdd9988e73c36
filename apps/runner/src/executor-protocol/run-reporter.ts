import type {
  ExecutorColumns,
  ExecutorLog,
  ExecutorPhase,
  ExecutorProgress,
  ExecutorQuality,
  ExecutorSql,
  ExecutorStatement,
} from '@rat/contracts';
import type { LogLevel, Phase, QualityResult } from '@rat/domain';

/** Receives the progress of an execution. */
export interface RunListener {
  onLog: (line: ExecutorLog) => void;
  onPhase: (mark: ExecutorPhase) => void;
  onQuality: (result: ExecutorQuality) => void;
  onProgress?: (progress: ExecutorProgress) => void;
  onSql?: (sql: ExecutorSql) => void;
  onStatement?: (statement: ExecutorStatement) => void;
  onColumns?: (columns: ExecutorColumns) => void;
}

/** A listener that can pause the execution. */
export interface ExecutionListener extends RunListener {
  /** Resolves when the listener has capacity, or the run is to stop. */
  waitForCapacity?: () => Promise<void>;
}

/** How long an unchanged percentage is not reported again. */
const SAME_PROGRESS_MS = 5_000;

/** Figures that a phase adds to its end mark. */
export interface PhaseFigures {
  rows?: number;
  bytes?: number;
}

/**
 * Turns an execution's progress into log lines, phase marks and test results. Every started phase
 * gets exactly one end mark. Lines belong to the current phase.
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

  /** The current phase, or the last one. */
  get phase(): Phase {
    return this.#phase;
  }

  log(level: LogLevel, message: string): void {
    const timestamp = new Date().toISOString();
    this.#listener.onLog({ type: 'log', timestamp, level, phase: this.#phase, message });
  }

  /** Reports the result of one quality test. */
  quality(result: QualityResult): void {
    this.#listener.onQuality({ type: 'quality', result });
  }

  /** Reports the SQL that the execution is about to execute. */
  sql(sql: Omit<ExecutorSql, 'type'>): void {
    this.#listener.onSql?.({ type: 'sql', ...sql });
  }

  /** Reports a statement that has ended, by its place in the reported SQL. */
  statement(ended: Omit<ExecutorStatement, 'type'>): void {
    this.#listener.onStatement?.({ type: 'statement', ...ended });
  }

  /** Reports where the columns of the result come from. */
  columns(columns: ExecutorColumns['columns']): void {
    this.#listener.onColumns?.({ type: 'columns', columns });
  }

  /** Reports the progress of the running statement, unless it is unchanged. */
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

  /** Waits for the listener between two statements, so that no lines pile up (back-pressure). */
  async waitForCapacity(): Promise<void> {
    await this.#listener.waitForCapacity?.();
  }

  /** Does a phase's work between its two marks; `figures` reads rows and bytes from its result. */
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
