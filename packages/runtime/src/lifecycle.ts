import { coerceError } from './coerce-error.ts';
import type { Logger } from './logger.ts';

/**
 * Closes opened resources in reverse order, once, also when start-up fails half-way. If a closer
 * fails or exceeds its timeout, this is logged and the next one runs.
 *
 * @example
 * const lifecycle = new Lifecycle(log);
 * lifecycle.onClose('database', () => db.close());
 * await lifecycle.close();
 */
export class Lifecycle {
  readonly #closers: { name: string; close: () => Promise<void> | void; timeoutMs: number }[] = [];
  readonly #log: Logger;
  #closing: Promise<void> | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Registers how `name` is closed. */
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

/** Resolves like `promise`, or rejects after `ms`. The timer never outlives the result. */
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
 * Calls `stop` on the first SIGTERM or SIGINT and exits 0 when it is done; a second signal exits at
 * once. For `main.ts` only.
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
 * Stops this process when its parent is gone, so that no orphan stays behind. The parent holds the
 * write end of our standard input, which closes however the parent ends. For `main.ts` only, when
 * the parent requests it.
 */
export function stopWithParent(log: Logger): void {
  process.stdin.resume();
  process.stdin.once('close', () => {
    log.warn('parent process is gone');
    process.emit('SIGTERM', 'SIGTERM');
  });
}
