import type { ExecutorLog, ExecutorPhase, ExecutorQuality } from '@rat/contracts';
import type { LogLevel, Phase, QualityResult } from '@rat/domain';

/** Where an execution tells what it does. */
export interface RunListener {
  onLog: (line: ExecutorLog) => void;
  onPhase: (mark: ExecutorPhase) => void;
  onQuality: (told: ExecutorQuality) => void;
}

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
  readonly #listener: RunListener;
  readonly #signal: AbortSignal;
  #phase: Phase = 'detect';

  constructor(listener: RunListener, signal: AbortSignal) {
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
