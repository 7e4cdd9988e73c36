import { describe, expect, test } from '@jest/globals';
import {
  ConflictError,
  InputError,
  LimitError,
  NotFoundError,
  PreconditionError,
  UnavailableError,
  UnprocessableError,
} from '@rat/domain';
import { toErrorAnswer } from './error-envelope.ts';

const ISSUES = [{ path: 'sql', message: 'no', line: 1, column: 2 }];

describe('toErrorAnswer', () => {
  test.each<[unknown, number, string, string]>([
    [new InputError('x'), 400, 'INVALID_ARGUMENT', 'VALIDATION'],
    [new UnprocessableError('x'), 422, 'INVALID_ARGUMENT', 'VALIDATION'],
    [new NotFoundError('x'), 404, 'NOT_FOUND', 'NOT_FOUND'],
    [new ConflictError('x'), 409, 'ALREADY_EXISTS', 'CONFLICT'],
    [
      new PreconditionError('x', { yours: undefined, current: undefined }),
      412,
      'PRECONDITION_FAILED',
      'CONFLICT',
    ],
    [new LimitError('x', 7), 429, 'RESOURCE_EXHAUSTED', 'RATE_LIMIT'],
    [new UnavailableError('x'), 503, 'UNAVAILABLE', 'UNAVAILABLE'],
    [Object.assign(new Error('y'), { code: 'ECONNREFUSED' }), 503, 'UNAVAILABLE', 'UNAVAILABLE'],
    [new Error('y'), 500, 'INTERNAL', 'INTERNAL'],
    ['thrown text', 500, 'INTERNAL', 'INTERNAL'],
    [undefined, 500, 'INTERNAL', 'INTERNAL'],
    [Object.assign(new Error('y'), { status: 200 }), 500, 'INTERNAL', 'INTERNAL'],
    [Object.assign(new Error('y'), { status: 501 }), 500, 'INTERNAL', 'INTERNAL'],
  ])('%p gets the status %i and the code %s', (error, status, code, type) => {
    const answer = toErrorAnswer(error);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toMatchObject({ code, type });
    expect(answer.body.error.message).not.toContain('y,');
  });

  test('an error that a lost connection caused is a 503', () => {
    const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    expect(toErrorAnswer(new Error('query failed', { cause })).status).toBe(503);
  });

  test('an error with issues lists them in the envelope', () => {
    expect(toErrorAnswer(new InputError('x', ISSUES)).body.error.issues).toEqual(ISSUES);
    expect(toErrorAnswer(new UnprocessableError('x', ISSUES)).body.error.issues).toEqual(ISSUES);
    expect(toErrorAnswer(new InputError('x')).body.error).not.toHaveProperty('issues');
  });

  test('a failed precondition shows both sides, and null for a side that does not exist', () => {
    const current = {
      kind: 'version',
      etag: '"2-ab"',
      version: 2,
      contentHash: 'abc',
      author: 'ann',
      at: new Date(0),
    } as const;
    const { body } = toErrorAnswer(new PreconditionError('x', { yours: undefined, current }));
    expect(body.error.conflict).toEqual({
      yours: null,
      current: {
        kind: 'version',
        etag: '"2-ab"',
        version: 2,
        content_hash: 'abc',
        author: 'ann',
        message: null,
        at: '1970-01-01T00:00:00.000Z',
      },
    });
  });

  test('a client never gets the messages of Express', () => {
    const error = Object.assign(new Error('expected "<SECRET>"'), { status: 413 });
    expect(toErrorAnswer(error).body.error.message).toBe('payload too large');
    const other = Object.assign(new Error('SECRET'), { status: 418 });
    expect(toErrorAnswer(other).body.error.message).toBe("i'm a teapot");
  });
});
