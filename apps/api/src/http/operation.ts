import { OPERATIONS, type Operation, type OperationId, type ParamName } from '@rat/contracts';
import { InputError } from '@rat/domain';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { allowSlowBody } from './body-deadline.ts';
import { findCaller } from './caller.ts';
import { confine } from './confine.ts';
import { HttpError } from './http-error.ts';
import { preferredType, rulesOut } from './negotiate.ts';
import { explainParameter, parseInput } from './parse-input.ts';
import { refuseIgnored } from './refuse-ignored.ts';
import { parseQueryString } from './query-string.ts';
import { readJsonBody } from './read-json-body.ts';

type OperationOf<Id extends OperationId> = (typeof OPERATIONS)[Id];

/** The parameters of the path of an operation. */
export type ParamsOf<Id extends OperationId> = Record<ParamName<OperationOf<Id>['path']>, string>;

/**
 * A query as its handler gets it: a list of a principal of several namespaces, without one in the request, has all of them as
 * its filter. The type makes every handler pass them on.
 */
export type Confined<Query> = { [Name in keyof Query]: ConfinedField<Name, Query[Name]> };

type ConfinedField<Name, Value> = Name extends 'namespace' | 'prefix'
  ? Value | readonly string[]
  : Value;

type QueryOf<Id extends OperationId> =
  OperationOf<Id> extends Operation<string, infer Query> ? Confined<z.output<Query>> : never;

type BodyOf<Id extends OperationId> =
  OperationOf<Id> extends Operation<string, z.ZodType, infer Body> ? z.output<Body> : never;

/** The handler of one operation. */
export interface HandledOperation<Id extends OperationId> {
  readonly id: Id;
  readonly handler: RequestHandler;
}

/** A handler for every operation that the contract declares. */
export type OperationHandlers = { readonly [Id in OperationId]: HandledOperation<Id> };

/** A slower body has outlasted the check of the caller's right. */
const SLOW_BODY_MS = 1_000;

const NOTHING = z.strictObject({});

/**
 * Makes what answers an operation. Query string and body are parsed as the operation declares them before `handle` sees
 * the request. A parameter, a body or a field that it does not declare is refused with 400, which names it; a client that
 * accepts none of its media types gets 406.
 *
 * @example
 * handleOperation('getRun', async (req, res) => {
 *   res.json(present(await getRun(deps.db, parseRunId(req.params.id))));
 * });
 */
export function handleOperation<Id extends OperationId>(
  id: Id,
  handle: (
    req: Request<ParamsOf<Id>>,
    res: Response,
    given: { query: QueryOf<Id>; body: BodyOf<Id> },
  ) => void | Promise<void>,
): HandledOperation<Id> {
  const declared: Operation = OPERATIONS[id];
  const accepted = mediaTypes(declared);
  const handler: RequestHandler = async (req, res) => {
    // A stranger must not hold a connection for as long as an upload may take.
    if (declared.rawBody && declared.access !== 'anyone') allowSlowBody(req);
    refuseIgnored(declared, req.headers);
    const given = parseQueryString(req.url, declared.lists);
    // The guard of the operation has used it.
    if (declared.stream) delete given['ticket'];
    const query = parseInput(declared.query ?? NOTHING, given, explainParameter);
    if (!declared.negotiates) assertAcceptable(req.headers, accepted);
    const began = performance.now();
    const json = declared.rawBody ? undefined : await readJsonBody(req);
    // The guard looked at the head of the request. A body may take a minute.
    if (performance.now() - began > SLOW_BODY_MS) await findCaller(req)?.assertHolds();
    if (declared.requiresBody) assertObject(json);
    const body = declared.rawBody ? {} : parseInput(declared.body ?? NOTHING, json ?? {});
    // The body deadline has passed, and its response is already sent.
    if (res.headersSent) return;
    // Both are objects of this request's own, as their schemas made them.
    const named = { params: req.params, query: toRecord(query), body: toRecord(body) };
    await confine(declared, findCaller(req), named);
    // The casts are safe: the schemas of this operation have parsed query and body, and Express has
    // set its path parameters.
    const parsed = { query, body } as { query: QueryOf<Id>; body: BodyOf<Id> };
    await handle(req as unknown as Request<ParamsOf<Id>>, res, parsed);
  };
  return { id, handler };
}

function toRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** The media types of an operation's responses, without duplicates. */
function mediaTypes({ answers }: Operation): string[] {
  return [...new Set(Object.values(answers).flatMap(({ content }) => Object.keys(content)))];
}

function assertObject(json: unknown): void {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return;
  const issue = { path: '', message: 'must be a JSON object' };
  throw new InputError('invalid request body', json === undefined ? [] : [issue]);
}

function assertAcceptable(headers: Request['headers'], accepted: readonly string[]): void {
  if (preferredType(headers.accept, accepted) !== undefined) {
    const charset = headers['accept-charset'];
    if (typeof charset !== 'string' || !rulesOut(charset, 'utf-8', 'unwanted')) {
      if (!rulesOut(headers['accept-encoding']?.toString(), 'identity', 'wanted')) return;
    }
  }
  const message = `not acceptable: the answer is ${accepted.join(' or ')} in UTF-8, without a content coding`;
  throw new HttpError(406, 'INVALID_ARGUMENT', message);
}
