import type { Failure } from '@rat/domain';

/**
 * The engine or its sandbox refused a statement of an author. The platform stores `failure` on the
 * run.
 */
export class StatementError extends Error {
  override readonly name = 'StatementError';
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.failure = failure;
  }
}

/** The pipeline's configuration does not fit the result or the table. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * The session was interrupted. The name is `AbortError`, so that `rethrowIfAborted` of
 * `@rat/runtime` recognises it.
 */
export class InterruptedError extends Error {
  override readonly name = 'AbortError';

  constructor(options?: ErrorOptions) {
    super('the session was interrupted', options);
  }
}
