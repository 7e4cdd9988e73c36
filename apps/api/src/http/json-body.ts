import type { IncomingHttpHeaders } from 'node:http';
import { InputError } from '@rat/domain';
import { text, type RequestHandler } from 'express';
import { HttpError } from './http-error.ts';

const LIMIT = '1mb';

/** Valid in JSON, refused by Postgres: NUL, and half of a surrogate pair. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/**
 * Reads a JSON body of up to 1 MiB into `req.body`; no body leaves it undefined. 415 for another content type, 413 for
 * more, and InputError for what is not JSON. Parsed here and not by Express, whose parser takes an empty body for `{}`.
 */
export function jsonBody<P>(): RequestHandler<P>[] {
  return bodyReader(parseJson);
}

/** As `jsonBody`, for requests that may leave it out: an empty body, which some clients announce, is none. */
export function optionalJsonBody<P>(): RequestHandler<P>[] {
  return bodyReader((body) => (body === '' ? undefined : parseJson(body)));
}

function bodyReader<P>(parse: (body: string) => unknown): RequestHandler<P>[] {
  return [
    (req, _res, next) => {
      if (hasBody(req.headers) && !req.is(['application/json', 'application/*+json'])) {
        throw new HttpError(415, 'INVALID_ARGUMENT', 'content type must be application/json');
      }
      next();
    },
    text({ type: () => true, limit: LIMIT }),
    (req, _res, next) => {
      const body: unknown = req.body;
      if (typeof body === 'string') req.body = parse(body);
      next();
    },
  ];
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body, refuseUnstorable) as unknown;
  } catch (error) {
    throw new InputError('invalid request body', [], { cause: error });
  }
}

function refuseUnstorable(_key: string, value: unknown): unknown {
  if (typeof value === 'string' && UNSTORABLE.test(value)) {
    throw new SyntaxError('a string contains characters that cannot be stored');
  }
  return value;
}
