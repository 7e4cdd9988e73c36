/** One thing that is wrong with a request: where, and what would be right. */
export interface Issue {
  path: string;
  message: string;
  line?: number | undefined;
  column?: number | undefined;
}

/**
 * The errors a caller can cause or must be told about. They are thrown, and reach HTTP by one door only; a run's own
 * failure is data (`Failure`), never one of these.
 */
export abstract class RatError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
}

/** The request is malformed. 400. */
export class InputError extends RatError {
  readonly issues: readonly Issue[];
  constructor(message: string, issues: readonly Issue[] = [], options?: ErrorOptions) {
    super(message, options);
    this.issues = issues;
  }
}

/** The request is well-formed, its content cannot be used: a template, a config. 422, nothing is stored. */
export class UnprocessableError extends RatError {
  readonly issues: readonly Issue[];
  constructor(message: string, issues: readonly Issue[] = [], options?: ErrorOptions) {
    super(message, options);
    this.issues = issues;
  }
}

/** No such thing, or not yours to know. 404. */
export class NotFoundError extends RatError {}

/** Refused by the current state of the thing. 409. */
export class ConflictError extends RatError {
  /** The run that is in the way, when it is one. */
  readonly runId: string | undefined;
  constructor(message: string, options?: ErrorOptions & { runId?: string }) {
    super(message, options);
    this.runId = options?.runId;
  }
}

/** Too many requests or streams. 429. */
export class LimitError extends RatError {
  readonly retryAfterSeconds: number;
  constructor(message: string, retryAfterSeconds: number, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A dependency is down; the same request may succeed later. 503. */
export class UnavailableError extends RatError {}

/** The work was given up because it took longer than it may. 504. */
export class TimedOutError extends RatError {}
