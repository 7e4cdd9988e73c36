import { coerceError } from './coerce-error.ts';
import type { Logger } from './logger.ts';

/**
 * What opens, closes: in reverse order, once, also when start-up fails half-way.
 * A closer that fails or outlives `timeoutMs` is logged and the next one still runs.
 */
export class Lifecycle {
  readonly #closers: { name: string; close: () => Promise<void> | void; timeoutMs: number }[] = [];
  readonly #log: Logger;
  #closing: Promise<void> | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Registers how `name` is closed, and answers the value so that opening and registering are one line. */
  onClose(name: string, close: () => Promise<void> | void, timeoutMs = 5_000): void {
    this.#closers.push({ name, close, timeoutMs });
  }

  /** Closes everything, once; later calls wait for the first. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    for (const closer of this.#closers.reverse()) {
      try {
        await withDeadline(Promise.resolve(closer.close()), closer.timeoutMs);
      } catch (error) {
        this.#log.warn({ err: coerceError(error), what: closer.name }, 'close failed');
      }
    }
  }
}

/** The promise's value, or an error when `ms` pass first. The timer never outlives the answer. */
export async function withDeadline<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not finished within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Calls `stop` at the first SIGTERM or SIGINT and exits 0 when it is done; a second signal exits at once. For `main.ts`
 * only.
 */
export function stopOnSignals(stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/**
 * Stops this process when its parent is gone, for an orphan must not live on unseen: the write end of our standard
 * input is the parent's, and closes however the parent ends. For `main.ts` only, when a parent asked for it.
 */
export function stopWithParent(log: Logger): void {
  process.stdin.resume();
  process.stdin.once('close', () => {
    log.warn('parent process is gone');
    process.emit('SIGTERM', 'SIGTERM');
  });
}
