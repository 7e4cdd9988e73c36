import type { ErrorEnvelope } from '@rat/contracts';

type ErrorBody = ErrorEnvelope['error'];

/**
 * An answer that is an error, or no answer at all. The subclass is its kind; `name` is a literal because minifiers
 * rename classes.
 */
export class RatError extends Error {
  override readonly name: string = 'RatError';
  /** The API's word for the kind of error, such as `NOT_FOUND`. */
  readonly code: string;
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The id under which the API has logged the request. */
  readonly requestId: string | undefined;
  /** What is wrong, place by place. */
  readonly issues: NonNullable<ErrorBody['issues']>;
  /** The run that is in the way, of a conflict with one. */
  readonly runId: string | undefined;
  /** Both sides of a write that met another state than it expected. */
  readonly conflict: ErrorBody['conflict'];
  /** How long the API wants a client to wait before it tries again. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, { cause: facts.cause });
    this.code = facts.body?.code ?? 'UNKNOWN';
    this.status = facts.status ?? 0;
    this.requestId = facts.requestId;
    this.issues = facts.body?.issues ?? [];
    this.runId = facts.body?.run_id;
    this.conflict = facts.body?.conflict;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** What is known about an error beside its message. */
export interface ErrorFacts {
  status?: number;
  body?: ErrorBody | undefined;
  requestId?: string | undefined;
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** The request is malformed, or its content cannot be used; `issues` lists every mistake. */
export class InvalidArgumentError extends RatError {
  override readonly name = 'InvalidArgumentError';
}

/** The request has no valid token or session. */
export class UnauthenticatedError extends RatError {
  override readonly name = 'UnauthenticatedError';
}

/** The principal may not do this. */
export class ForbiddenError extends RatError {
  override readonly name = 'ForbiddenError';
}

/** There is no such thing, or the principal may not know it. */
export class NotFoundError extends RatError {
  override readonly name = 'NotFoundError';
}

/** The current state does not allow it. */
export class ConflictError extends RatError {
  override readonly name = 'ConflictError';
}

/** The thing is not what `If-Match` or `If-None-Match` expects; `conflict` has both sides. */
export class PreconditionError extends RatError {
  override readonly name = 'PreconditionError';
}

/** Too many requests or streams at once. */
export class RateLimitError extends RatError {
  override readonly name = 'RateLimitError';
}

/** A part that is needed is down, or a proxy has no answer of the API. */
export class UnavailableError extends RatError {
  override readonly name = 'UnavailableError';
}

/** There was no answer: the API cannot be reached, the connection broke, or the time was up. */
export class ConnectionError extends RatError {
  override readonly name = 'ConnectionError';
}

/** A log that arrived is not the log that was sent. */
export class IntegrityError extends RatError {
  override readonly name = 'IntegrityError';
}

const CLASSES: Readonly<Record<number, typeof RatError>> = {
  400: InvalidArgumentError,
  401: UnauthenticatedError,
  403: ForbiddenError,
  404: NotFoundError,
  409: ConflictError,
  412: PreconditionError,
  413: InvalidArgumentError,
  415: InvalidArgumentError,
  422: InvalidArgumentError,
  429: RateLimitError,
  502: UnavailableError,
  503: UnavailableError,
  504: UnavailableError,
};

/** The error of an answer whose status is no success. Reads its body. */
export async function toError(response: Response): Promise<RatError> {
  const { status, headers } = response;
  const text = await response.text();
  const body = findBody(text);
  // Another program, such as a proxy, wrote an answer of another shape.
  const message = body?.message ?? `the answer is ${status} without an error of the API`;
  return new (CLASSES[status] ?? RatError)(message, {
    status,
    body,
    requestId: headers.get('x-request-id') ?? undefined,
    retryAfterMs: parseRetryAfter(headers.get('retry-after'), Date.now()),
  });
}

function findBody(text: string): ErrorBody | undefined {
  try {
    const { error } = JSON.parse(text) as Partial<ErrorEnvelope>;
    return typeof error?.message === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}

/** Milliseconds from `Retry-After`, which has seconds or a date. */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null || value === '') return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
