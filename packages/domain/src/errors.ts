import { explainQuota, type QuotaUse } from './quota.ts';

/** One fault of a request: where it is, and what would be right. */
export interface Issue {
  path: string;
  message: string;
  line?: number | undefined;
  column?: number | undefined;
  /** A warning refuses nothing; without a severity it is an error. */
  severity?: 'error' | 'warning' | undefined;
  /** What to write instead, where that is known. */
  fix?: string | undefined;
}

/**
 * An error that a caller can cause or has to know about. Rooms throw it, and one error handler maps
 * it to HTTP. A run's own failure is data (`Failure`), never such an error.
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

/** The request carries no valid sign-in. 401. */
export class UnauthenticatedError extends RatError {
  /** Whether the request carried a token, a session or a ticket, which is not valid. */
  readonly isRejected: boolean;
  constructor(message: string, isRejected: boolean, options?: ErrorOptions) {
    super(message, options);
    this.isRejected = isRejected;
  }
}

/** The principal may not do this. 403; the message names the role that is needed. */
export class ForbiddenError extends RatError {}

/**
 * The request is well-formed but its content is unusable: a template, a config. 422, nothing is
 * stored.
 */
export class UnprocessableError extends RatError {
  readonly issues: readonly Issue[];
  constructor(message: string, issues: readonly Issue[] = [], options?: ErrorOptions) {
    super(message, options);
    this.issues = issues;
  }
}

/** What is wrong with one file of a pipeline, in words. */
interface FileFindings {
  path: string;
  errors: readonly string[];
  warnings: readonly string[];
}

/** The content of a pipeline is unusable, and the request asked about all its files. 422. */
export class UnusableFilesError extends UnprocessableError {
  /** Every file of the pipeline, also those without a mistake. */
  readonly files: readonly FileFindings[];
  constructor({ message, issues }: UnprocessableError, files: readonly FileFindings[]) {
    super(message, issues);
    this.files = files;
  }
}

/** The thing does not exist, or the caller may not know it. 404. */
export class NotFoundError extends RatError {}

/** The current state of the thing refuses the request. 409. */
export class ConflictError extends RatError {
  /** The run that causes the conflict, if a run does. */
  readonly runId: string | undefined;
  constructor(message: string, options?: ErrorOptions & { runId?: string }) {
    super(message, options);
    this.runId = options?.runId;
  }
}

/** One side of a refused write: a version of a pipeline, its draft, or the settings of anything else. */
export interface ContentSide {
  kind: 'version' | 'draft' | 'settings';
  /** The entity tag, as a request names it. */
  etag: string;
  /** The version; of a draft, the version that it was begun from; 0 of settings. */
  version: number;
  /** Undefined for a draft. */
  contentHash?: string | undefined;
  author?: string | undefined;
  message?: string | undefined;
  at: Date;
}

/** The two sides of a refused write; undefined: the side does not exist. */
export interface ContentConflict {
  /** What the client had read. */
  yours: ContentSide | undefined;
  current: ContentSide | undefined;
}

/** The thing is no longer, or not, what the request expects. 412, nothing is stored. */
export class PreconditionError extends RatError {
  readonly conflict: ContentConflict;
  constructor(message: string, conflict: ContentConflict, options?: ErrorOptions) {
    super(message, options);
    this.conflict = conflict;
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

/** A quota of the namespace leaves no room for it. 429; `use` names the quota. */
export class QuotaError extends LimitError {
  readonly use: QuotaUse;
  constructor(use: QuotaUse, now: Date) {
    const { message, retryAfterSeconds } = explainQuota(use, now);
    super(message, retryAfterSeconds);
    this.use = use;
  }
}

/** A dependency is down; the same request may succeed later. 503. */
export class UnavailableError extends RatError {}

/** The work was stopped at its time limit. 504. */
export class TimedOutError extends RatError {}
