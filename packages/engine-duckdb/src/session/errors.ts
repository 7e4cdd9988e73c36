import type { Failure } from '@rat/domain';

/**
 * DuckDB or a rule of the sandbox refused a statement; `failure` is ready to be stored on the run.
 */
export class StatementError extends Error {
  override readonly name = 'StatementError';
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.failure = failure;
  }
}

/** The session was interrupted. Named like every abort, so that broad catches rethrow it. */
export class InterruptedError extends Error {
  override readonly name = 'AbortError';

  constructor(options?: ErrorOptions) {
    super('the session was interrupted', options);
  }
}
