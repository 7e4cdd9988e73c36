import { InputError } from '@rat/domain';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { allowSlowBody } from './body-deadline.ts';
import { HttpError } from './http-error.ts';
import { preferredType, rulesOut } from './negotiate.ts';
import { explainParameter, parseInput } from './parse-input.ts';
import { parseQueryString } from './query-string.ts';
import { readJsonBody } from './read-json-body.ts';

/** What a route takes and how it answers. What is not declared is refused: parameters, a body, a key of one. */
interface Declaration<P, Q, B> {
  /** The parameters of its query string, as a strict object; none without it. */
  query?: z.ZodType<Q>;
  /** Its JSON body, as a strict object; `raw` leaves the body to the handler. Only an empty object without it. */
  body?: z.ZodType<B> | 'raw';
  /** An absent body is a mistake, and not the empty object. */
  requiresBody?: true;
  /** The media types that it answers with; `any` for a handler that negotiates itself, or answers no content. */
  answers?: readonly string[] | 'any';
  handle: (
    req: Request<P>,
    res: Response,
    given: { query: Q; body: B },
    next: NextFunction,
  ) => void | Promise<void>;
}

/** What answers a method of a path. Only `operation` makes one, so no route can forget what it takes. */
export interface Operation<P> {
  readonly handler: RequestHandler<P>;
}

const NOTHING = z.strictObject({});

/**
 * Makes a route's handler. It parses the query string and the body before `handle` sees the request, and refuses with
 * 400, naming it, whatever the route did not declare; with 406 a client that wants none of the media types.
 */
export function operation<
  P = Record<string, never>,
  Q = Record<string, never>,
  B = Record<string, never>,
>(declared: Declaration<P, Q, B>): Operation<P> {
  const { answers = ['application/json'] } = declared;
  // The casts: a route that declares none has the default type, which is that of an empty strict object.
  const querySchema = declared.query ?? (NOTHING as unknown as z.ZodType<Q>);
  const bodySchema = declared.body ?? (NOTHING as unknown as z.ZodType<B>);
  return {
    handler: async (req, res, next) => {
      if (bodySchema === 'raw') allowSlowBody(req);
      const query = parseInput(querySchema, parseQueryString(req.url), explainParameter);
      if (answers !== 'any') assertAcceptable(req.headers, answers);
      // A body that is left to the handler has no parsed value, and its type is the empty object's.
      const json = bodySchema === 'raw' ? undefined : await readJsonBody(req, res);
      if (declared.requiresBody) assertObject(json);
      const body = bodySchema === 'raw' ? ({} as B) : parseInput(bodySchema, json ?? {});
      // The deadline of the body has passed, and its answer is on its way.
      if (res.headersSent) return;
      await declared.handle(req, res, { query, body }, next);
    },
  };
}

/** For a handler that declares nothing of its own: it gets the parsed body as `req.body`. */
export function handledBy<P>(
  handler: RequestHandler<P>,
): Declaration<P, unknown, unknown>['handle'] {
  return async (req, res, { body }, next) => {
    req.body = body;
    await handler(req, res, next);
  };
}

function assertObject(json: unknown): void {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return;
  const issue = { path: '', message: 'must be a JSON object' };
  throw new InputError('invalid request body', json === undefined ? [] : [issue]);
}

function assertAcceptable(headers: Request['headers'], answers: readonly string[]): void {
  if (preferredType(headers.accept, answers) !== undefined) {
    const charset = headers['accept-charset'];
    if (typeof charset !== 'string' || !rulesOut(charset, 'utf-8', 'unwanted')) {
      if (!rulesOut(headers['accept-encoding']?.toString(), 'identity', 'wanted')) return;
    }
  }
  const message = `not acceptable: the answer is ${answers.join(' or ')} in UTF-8, without a content coding`;
  throw new HttpError(406, 'INVALID_ARGUMENT', message);
}
