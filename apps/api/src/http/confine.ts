import type { Operation } from '@rat/contracts';
import { ForbiddenError, InputError, NotFoundError } from '@rat/domain';
import { z } from 'zod';
import type { Caller } from './caller.ts';

/** The parts of a request that can name a namespace, parsed. */
interface Given {
  params: Readonly<Record<string, unknown>>;
  /** A list without a namespace is confined to those of the principal. */
  query: Record<string, unknown>;
  body: Readonly<Record<string, unknown>>;
}

/**
 * Holds a request to the namespaces of its principal, by where the operation's `access` says that it names one. Other
 * people's things are a 404, whether they exist or not. An operation that does not have what its `access` speaks of is
 * refused, so a wrong declaration shows nothing.
 *
 * The namespaces of a query's tables are known to the runner that reads them, and those of a graph to the handler that
 * draws it; both get them from `confinedTo`.
 */
export async function confine(
  { access, path, query, rawBody }: Pick<Operation, 'access' | 'path' | 'query' | 'rawBody'>,
  caller: Caller | undefined,
  given: Given,
): Promise<void> {
  const own = caller?.principal?.namespaces;
  if (access === 'anyone' || caller === undefined || own === undefined) return;
  const { params, body } = given;
  switch (access.namespace) {
    case 'none':
    case 'shown':
    case 'sql':
      return;
    case 'all':
      throw needsAll();
    case 'path':
      if (!path.includes('{namespace}')) throw needsAll();
      assertOwn(own, params['namespace']);
      return;
    case 'query':
      if (!takes(query, 'namespace')) throw needsAll();
      // A list without a namespace is the list of all own ones. The handler passes the filter on as it is.
      if (given.query['namespace'] === undefined) given.query['namespace'] = onlyOrAll(own);
      else assertOwn(own, given.query['namespace']);
      return;
    case 'file':
      if (path.endsWith('{path}')) assertOwn(own, firstFolder(params['path']));
      else if (takes(query, 'prefix')) confinePrefix(own, given.query);
      // The form names the file, and its handler reads the form.
      else if (rawBody === undefined) throw needsAll();
      return;
    case 'run':
      if (!path.startsWith('/api/v1/runs/{id}')) throw needsAll();
      assertRuns(own, await caller.places.ofRuns([String(params['id'])]));
      return;
    case 'schedule':
      if (!path.startsWith('/api/v1/schedules/{id}')) throw needsAll();
      assertAll(own, await caller.places.ofSchedule(String(params['id'])), 'schedule not found');
      return;
    case 'trigger':
      if (!path.startsWith('/api/v1/triggers/{id}')) throw needsAll();
      assertAll(own, await caller.places.ofTrigger(String(params['id'])), 'trigger not found');
      return;
    case 'group':
      if (!path.startsWith('/api/v1/run-groups/{id}')) throw needsAll();
      assertAll(own, await caller.places.ofGroup(String(params['id'])), 'run group not found');
      return;
    case 'token':
      await confineToken(own, caller.places, { path, given });
      return;
    case 'view':
      if (!path.startsWith('/api/v1/views')) throw needsAll();
      confineView(own, body['query']);
      return;
    case 'body':
      assertOwn(own, body['namespace'] ?? fieldOf(body['ref']));
      return;
    case 'runs':
      await confineRuns(own, caller.places, body);
  }
}

/** A token of all namespaces does not exist for a principal of some, and no principal makes a token with more namespaces than its own. */
async function confineToken(
  own: readonly string[],
  { ofToken }: Caller['places'],
  { path, given: { params, body } }: { path: string; given: Given },
): Promise<void> {
  if (path.endsWith('{id}')) {
    const namespaces = await ofToken(String(params['id']));
    if (namespaces === undefined) throw new NotFoundError('token not found');
    assertAll(own, namespaces, 'token not found');
    return;
  }
  const { namespaces } = body;
  if (!Array.isArray(namespaces)) {
    const message = `must be some of the namespaces of this token: ${own.join(', ')}`;
    throw new InputError(`namespaces: ${message}`, [{ path: 'namespaces', message }]);
  }
  for (const namespace of namespaces) assertOwn(own, namespace);
}

/** Its owner and its namespaces decide who sees a view; the handler reads them from the store. */
function confineView(own: readonly string[], query: unknown): void {
  if (typeof query === 'object' && query !== null && 'ns' in query) assertOwn(own, query.ns);
}

async function confineRuns(
  own: readonly string[],
  { ofRuns, ofPlan }: Caller['places'],
  { ids, token, filter }: Given['body'],
): Promise<void> {
  if (typeof token === 'string') assertRuns(own, await ofPlan(token));
  else if (Array.isArray(ids)) assertRuns(own, await ofRuns(ids.map(String)));
  else assertOwn(own, fieldOf(filter));
}

/** The refusal of what no principal with a limit may do. */
export function needsAll(): ForbiddenError {
  return new ForbiddenError('this needs a token of all namespaces');
}

/** The folder of a namespace is the first one of a path. */
export function firstFolder(path: unknown): string | undefined {
  return typeof path === 'string' ? path.split('/')[0] : undefined;
}

/** Without its slash, the prefix `sales` would also list the namespace `sales_eu`. */
function confinePrefix(own: readonly string[], query: Given['query']): void {
  const { prefix } = query;
  if (typeof prefix !== 'string') {
    query['prefix'] = onlyOrAll(own.map((one) => `${one}/`));
    return;
  }
  assertOwn(own, firstFolder(prefix));
  if (!prefix.includes('/')) query['prefix'] = `${prefix}/`;
}

function takes(query: Operation['query'], name: string): boolean {
  return query instanceof z.ZodObject && name in query.shape;
}

function fieldOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'namespace' in value
    ? value.namespace
    : undefined;
}

/** One name stays a text, which the statements of lists answer from an index. */
function onlyOrAll(own: readonly string[]): string | string[] {
  const [first] = own;
  return own.length === 1 && first !== undefined ? first : [...own];
}

/** Throws NotFoundError for another namespace than these, and InputError for none. */
export function assertOwn(own: readonly string[], namespace: unknown): void {
  if (namespace === undefined || namespace === null) {
    const message = `must be one of the namespaces of this token: ${own.join(', ')}`;
    throw new InputError(`namespace: ${message}`, [{ path: 'namespace', message }]);
  }
  if (own.some((one) => one === namespace)) return;
  throw new NotFoundError('not found in the namespaces of this token');
}

/** A run that does not exist is in no namespace; the handler answers for it, in the same words. */
function assertRuns(own: readonly string[], namespaces: readonly string[]): void {
  assertAll(own, namespaces, 'run not found');
}

function assertAll(own: readonly string[], namespaces: readonly string[], refusal: string): void {
  if (namespaces.every((one) => own.includes(one))) return;
  throw new NotFoundError(refusal);
}
