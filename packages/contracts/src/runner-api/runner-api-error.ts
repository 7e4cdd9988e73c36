import {
  ConflictError,
  InputError,
  LimitError,
  NotFoundError,
  TimedOutError,
  UnavailableError,
  UnprocessableError,
  type Issue,
} from '@rat/domain';
import { z } from 'zod';
import { issue } from '../common.ts';

/** A runner's error as it travels to the API. An unexpected error travels as `internal`, without its text. */
export const runnerApiError = z.object({
  kind: z.enum([
    'input',
    'unprocessable',
    'not_found',
    'conflict',
    'limit',
    'timed_out',
    'unavailable',
    'internal',
  ]),
  message: z.string(),
  issues: z.array(issue).default([]),
  retryAfterSeconds: z.number().int().nonnegative().default(1),
});
export type RunnerApiError = z.infer<typeof runnerApiError>;

/** What a runner answers to a method that it does not know: it may be of an earlier version. */
export const NO_SUCH_METHOD = 'no such method';

/** The form in which a thrown error travels. */
export function toRunnerApiError(error: unknown): RunnerApiError {
  const told = (kind: RunnerApiError['kind'], issues: readonly Issue[] = []): RunnerApiError => {
    const message = error instanceof Error ? error.message : 'internal error';
    const retryAfterSeconds = error instanceof LimitError ? error.retryAfterSeconds : 1;
    return { kind, message, issues: [...issues], retryAfterSeconds };
  };
  if (error instanceof InputError) return told('input', error.issues);
  if (error instanceof UnprocessableError) return told('unprocessable', error.issues);
  if (error instanceof NotFoundError) return told('not_found');
  if (error instanceof ConflictError) return told('conflict');
  if (error instanceof LimitError) return told('limit');
  if (error instanceof TimedOutError) return told('timed_out');
  if (error instanceof UnavailableError) return told('unavailable');
  return { kind: 'internal', message: 'internal error', issues: [], retryAfterSeconds: 1 };
}

/** The error that the runner threw, for the API to throw again. */
export function fromRunnerApiError({
  kind,
  message,
  issues,
  retryAfterSeconds,
}: RunnerApiError): Error {
  switch (kind) {
    case 'input':
      return new InputError(message, issues);
    case 'unprocessable':
      return new UnprocessableError(message, issues);
    case 'not_found':
      return new NotFoundError(message);
    case 'conflict':
      return new ConflictError(message);
    case 'limit':
      return new LimitError(message, retryAfterSeconds);
    case 'timed_out':
      return new TimedOutError(message);
    case 'unavailable':
      return new UnavailableError(message);
    case 'internal':
      return new Error('the runner that was asked met an error of its own');
  }
}
