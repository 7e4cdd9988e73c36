import type { QueryChild } from './converse.ts';

/** Long enough for the next file of a folder that is applied, and for the next edit of an author. */
export const KEEP_MS = 30_000;

/** Bounds the leaks of native libraries. */
const MOST_ANSWERS = 200;

/**
 * Keeps at most one process that has answered for a namespace, so that the next question of that
 * namespace finds a started process. SQL of two namespaces never shares a process, as in executors.
 * The process ends after a while without a question, when another one takes its place, after many
 * answers, and when it holds much memory.
 *
 * @example
 * const child = kept.take('sales') ?? start();
 * if (hasAnswered) kept.keep(child, 'sales');
 */
export class KeptChild {
  readonly #keepMs: number;
  #kept: { queryChild: QueryChild; namespace: string } | undefined;
  #expiry: NodeJS.Timeout | undefined;

  constructor(keepMs = KEEP_MS) {
    this.#keepMs = keepMs;
  }

  get child(): QueryChild | undefined {
    return this.#kept?.queryChild;
  }

  /** The idle process of the namespace, which the caller owns from then on. */
  take(namespace: string): QueryChild | undefined {
    if (this.#kept?.namespace !== namespace) return undefined;
    const { queryChild } = this.#kept;
    this.#forget();
    return queryChild.child.process.connected ? queryChild : undefined;
  }

  /** Keeps an idle process of the namespace, or ends it. */
  keep(queryChild: QueryChild, namespace: string): void {
    queryChild.answers += 1;
    const isWorn = queryChild.answers >= MOST_ANSWERS || queryChild.memory.isBloated;
    if (isWorn || !queryChild.child.process.connected) {
      queryChild.child.kill('SIGKILL');
      return;
    }
    this.end();
    this.#kept = { queryChild, namespace };
    this.#expiry = setTimeout(() => this.end(), this.#keepMs);
    this.#expiry.unref();
  }

  /** Ends the process that is kept. */
  end(): void {
    this.#kept?.queryChild.child.kill('SIGKILL');
    this.#forget();
  }

  #forget(): void {
    this.#kept = undefined;
    clearTimeout(this.#expiry);
  }
}
