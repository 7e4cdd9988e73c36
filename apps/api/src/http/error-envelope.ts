import { STATUS_CODES } from 'node:http';
import type { ErrorEnvelope } from '@rat/contracts';
import {
  ConflictError,
  ForbiddenError,
  InputError,
  LimitError,
  NotFoundError,
  PreconditionError,
  QuotaError,
  TimedOutError,
  UnauthenticatedError,
  UnavailableError,
  UnprocessableError,
  UnusableFilesError,
  type ContentSide,
  type Issue,
  type QuotaUse,
} from '@rat/domain';
import { coerceError, type Logger } from '@rat/runtime';
import { isDatabaseDown } from '@rat/store';
import type { ErrorRequestHandler, Response } from 'express';
import { HttpError } from './http-error.ts';
import { percentDecode } from './query-string.ts';
import { requestIdOf } from './request-id.ts';
import { hasLongRest } from './unread-body.ts';
import { decodeUtf8 } from './utf8.ts';

/** The response to a request that failed. */
export interface ErrorAnswer {
  status: number;
  headers: Record<string, string>;
  body: ErrorEnvelope;
}

/**
 * `Retry-After` of a 503: seconds that a client should wait while Postgres or the runners are down.
 */
const RETRY_AFTER_OUTAGE_SECONDS = 2;

/**
 * The response for a thrown value. A bug of the API is always `internal error`: its message may
 * hold internals that a client must not see.
 */
export function toErrorAnswer(error: unknown, path = ''): ErrorAnswer {
  if (error instanceof InputError) {
    return answer(400, 'INVALID_ARGUMENT', error.message, { issues: error.issues });
  }
  if (error instanceof UnprocessableError) {
    const { message, issues } = error;
    const refusal = answer(422, 'INVALID_ARGUMENT', message, { issues });
    if (!(error instanceof UnusableFilesError)) return refusal;
    return { ...refusal, body: { ...refusal.body, validation: presentFindings(error) } };
  }
  if (error instanceof UnauthenticatedError) {
    const challenge = `Bearer realm="rat"${error.isRejected ? ', error="invalid_token"' : ''}`;
    const headers = { 'WWW-Authenticate': challenge };
    return answer(401, 'UNAUTHENTICATED', error.message, { headers });
  }
  if (error instanceof ForbiddenError) return answer(403, 'FORBIDDEN', error.message);
  if (error instanceof NotFoundError) return answer(404, 'NOT_FOUND', error.message);
  // The contract uses this code for every conflict.
  if (error instanceof ConflictError) {
    const { runId } = error;
    return answer(409, 'ALREADY_EXISTS', error.message, runId === undefined ? {} : { runId });
  }
  if (error instanceof PreconditionError) {
    const { yours, current } = error.conflict;
    const conflict = { yours: presentSide(yours), current: presentSide(current) };
    return answer(412, 'PRECONDITION_FAILED', error.message, { conflict });
  }
  if (error instanceof LimitError) {
    const headers = { 'Retry-After': String(error.retryAfterSeconds) };
    const quota = error instanceof QuotaError ? { quota: presentQuota(error.use) } : {};
    return answer(429, 'RESOURCE_EXHAUSTED', error.message, { headers, ...quota });
  }
  if (error instanceof UnavailableError) return outage(error.message);
  if (error instanceof TimedOutError) return answer(504, 'DEADLINE_EXCEEDED', error.message);
  if (error instanceof HttpError) {
    return answer(error.status, error.code, error.message, { headers: error.headers });
  }
  if (isDatabaseDown(error)) return outage('the database is out of reach, try again later');
  return answerToFramework(error, path) ?? answer(500, 'INTERNAL', 'internal error');
}

/** The app's error handler. Express passes every error to it, so it must be registered last. */
export function errorEnvelope(log: Logger): ErrorRequestHandler {
  return (error, req, res, _next) => {
    // The client has disconnected: there is no one to answer.
    if (res.destroyed || req.socket.destroyed) return;
    const { status, headers, body } = toErrorAnswer(error, req.path);
    const fields = { request_id: requestIdOf(res), method: req.method, path: req.path, status };
    if (res.headersSent) {
      // The headers are sent, so the status cannot change. A closed connection is the only way to
      // signal the failure.
      log.error({ ...fields, err: coerceError(error) }, 'response aborted');
      res.destroy();
      return;
    }
    if (status >= 500) {
      const level = status === 503 || status === 504 ? 'warn' : 'error';
      log[level]({ ...fields, err: coerceError(error) }, 'request failed');
    }
    sendAnswer(res, { status, headers, body });
  };
}

/**
 * Sends an error outside of Express's handler chain: when a deadline passes while the handler still
 * waits.
 */
export function sendError(res: Response, error: unknown): void {
  sendAnswer(res, toErrorAnswer(error));
}

function sendAnswer(res: Response, { status, headers, body }: ErrorAnswer): void {
  // Reading a large body only to reach the next request would take longer than a new connection.
  const closing: Record<string, string> = hasLongRest(res.req) ? { Connection: 'close' } : {};
  // A route may make its successful responses cacheable; an error never is.
  res
    .status(status)
    .set({ 'Cache-Control': 'no-store', ...closing, ...headers })
    .json(body);
}

function outage(message: string): ErrorAnswer {
  const headers = { 'Retry-After': String(RETRY_AFTER_OUTAGE_SECONDS) };
  return answer(503, 'UNAVAILABLE', message, { headers });
}

function answer(
  status: number,
  code: string,
  message: string,
  more: {
    headers?: Record<string, string>;
    issues?: readonly Issue[];
    runId?: string;
    conflict?: ErrorEnvelope['error']['conflict'];
    quota?: ErrorEnvelope['error']['quota'];
  } = {},
): ErrorAnswer {
  const issues = more.issues !== undefined && more.issues.length > 0 ? [...more.issues] : undefined;
  return {
    status,
    headers: more.headers ?? {},
    body: {
      error: {
        code,
        type: typeOf(status),
        message,
        ...(issues && { issues }),
        ...(more.runId && { run_id: more.runId }),
        ...(more.quota && { quota: more.quota }),
        ...(more.conflict && { conflict: more.conflict }),
      },
    },
  };
}

function presentFindings({ files }: UnusableFilesError): ErrorEnvelope['validation'] {
  return {
    valid: false,
    files: files.map(({ path, errors, warnings }) => ({
      path,
      valid: errors.length === 0,
      errors: [...errors],
      warnings: [...warnings],
    })),
  };
}

function presentQuota({
  quota,
  namespace,
  limit,
  used,
  freeAt,
}: QuotaUse): NonNullable<ErrorEnvelope['error']['quota']> {
  return { name: quota, namespace, limit, used, free_at: freeAt?.toISOString() ?? null };
}

function presentSide(
  side: ContentSide | undefined,
): NonNullable<ErrorEnvelope['error']['conflict']>['current'] {
  if (side === undefined) return null;
  return {
    kind: side.kind,
    etag: side.etag,
    version: side.version,
    content_hash: side.contentHash ?? null,
    author: side.author ?? null,
    message: side.message ?? null,
    at: side.at.toISOString(),
  };
}

function typeOf(status: number): string {
  switch (status) {
    case 401:
      return 'AUTHENTICATION';
    case 403:
      return 'AUTHORIZATION';
    case 404:
      return 'NOT_FOUND';
    case 409:
    case 412:
      return 'CONFLICT';
    case 429:
      return 'RATE_LIMIT';
    case 501:
      return 'UNIMPLEMENTED';
    case 503:
      return 'UNAVAILABLE';
    case 504:
      return 'TIMEOUT';
    default:
      return status >= 500 ? 'INTERNAL' : 'VALIDATION';
  }
}

/** Describes why a path cannot be decoded, and at which place. */
function describePath(path: string): string {
  try {
    decodeUtf8(percentDecode(path, 'the path'), 'the path');
  } catch (error) {
    if (error instanceof InputError) return error.message;
  }
  return 'malformed URL';
}

/**
 * The response for an error of Express; undefined unless the error has a 4xx status. The error's message may quote the request, so it is replaced.
 */
function answerToFramework(error: unknown, path: string): ErrorAnswer | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined;
  const { status } = error;
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  // The id of every run can be decoded, so the path names no run.
  if (error instanceof URIError && path.startsWith('/api/v1/runs/')) {
    return answer(404, 'NOT_FOUND', 'run not found');
  }
  const malformed = error instanceof URIError ? describePath(path) : undefined;
  const message = malformed ?? (STATUS_CODES[status] ?? 'bad request').toLowerCase();
  return answer(status, 'INVALID_ARGUMENT', message);
}
