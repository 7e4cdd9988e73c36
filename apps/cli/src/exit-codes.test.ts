import {
  ConflictError,
  ConnectionError,
  ForbiddenError,
  IntegrityError,
  InvalidArgumentError,
  NotFoundError,
  RateLimitError,
  RatError,
  UnauthenticatedError,
  UnavailableError,
} from '@rat/client';
import { describe, expect, test } from '@jest/globals';
import { CliError, exitCodeOfError, exitCodeOfRun } from './exit-codes.ts';

describe('exit codes', () => {
  test.each([
    ['success', 0],
    ['failed', 1],
    ['cancelled', 3],
  ] as const)('a run that ends %s ends its command with %d', (status, code) => {
    expect(exitCodeOfRun(status)).toBe(code);
  });

  test.each([
    [new InvalidArgumentError('wrong', { status: 422 }), 2],
    [new NotFoundError('missing', { status: 404 }), 4],
    [new UnauthenticatedError('who', { status: 401 }), 5],
    [new ForbiddenError('no', { status: 403 }), 5],
    [new ConflictError('taken', { status: 409 }), 6],
    [new RateLimitError('many', { status: 429 }), 6],
    [new ConnectionError('cut'), 7],
    [new IntegrityError('incomplete'), 7],
    [new UnavailableError('down', { status: 503 }), 7],
    [new RatError('broken', { status: 500 }), 7],
    [new CliError('wrong'), 2],
    [new Error('a mistake of this program'), 70],
  ])('%s ends a command with %d', (error, code) => {
    expect(exitCodeOfError(error)).toBe(code);
  });
});
