import type { Failure } from '@rat/domain';

/**
 * The engine, or a rule of its sandbox, refused a statement of an author; `failure` is ready to be
 * stored on the run.
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

/** The session was interrupted. Named like every abort, so that broad catches rethrow it. */
export class InterruptedError extends Error {
  override readonly name = 'AbortError';

  constructor(options?: ErrorOptions) {
    super('the session was interrupted', options);
  }
}
