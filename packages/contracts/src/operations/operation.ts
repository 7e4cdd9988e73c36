import type { Role } from '@rat/domain';
import { z } from 'zod';

/**
 * Who may use an operation.
 * - `anyone`: it needs no sign-in and shows no data of a namespace.
 * - otherwise the least role, and where the request names the namespace that the role must hold in:
 *   - `path`, `query`, `body`: a field `namespace` there, in a body also within its `ref`; a query that leaves it out means the
 *     only namespace of the principal.
 *   - `runs`: the runs that the body names by their `ids`, by the `token` of a plan, or by a `filter` with a `namespace`.
 *   - `run`, `schedule`, `trigger`: the namespace of the thing that the path names by its id.
 *   - `sql`: the namespaces of the tables that the SQL text names.
 *   - `token`: those of the token that the path names by its id, or that the body describes.
 *   - `view`: the one that the query of a saved view names in the body. Its owner and its namespaces decide who sees and changes
 *     the view that the path names.
 *   - `file`: the first folder of the path of a file: in the path, in the query as `prefix`, or in the form as `path`.
 *   - `group`: the namespaces of the pipelines of the run group that the path names.
 *   - `shown`: none; the answer leaves out what lies in other namespaces than those of the principal.
 *   - `all`: no namespace; the role must hold everywhere.
 *   - `none`: it shows and changes nothing of any namespace.
 */
export type Access = 'anyone' | { role: Role; namespace: Place };

type Place =
  | 'path'
  | 'query'
  | 'body'
  | 'file'
  | 'run'
  | 'runs'
  | 'schedule'
  | 'trigger'
  | 'token'
  | 'view'
  | 'sql'
  | 'shown'
  | 'group'
  | 'all'
  | 'none';

/**
 * Whether a client may send the request again when it does not know what became of the first one.
 * - `safe`: a second request changes nothing more.
 * - `key`: safe under an `Idempotency-Key`.
 * - `never`: a second request may do it twice, or be refused because the first one did it.
 */
export type Retry = 'safe' | 'key' | 'never';

/**
 * The statuses of errors that an operation may answer beside those that every operation may: 400, and 401, 403 and 429 where
 * `access` asks for a role.
 */
export type ErrorStatus = 401 | 404 | 409 | 412 | 413 | 415 | 422 | 429 | 503 | 504;

type MediaTypes = Readonly<Record<string, z.ZodType>>;

export interface OperationAnswer<Content extends MediaTypes = MediaTypes> {
  description: string;
  /** By media type; none for an answer without content. */
  content: Content;
  headers?: Readonly<Record<string, { description: string }>>;
}

/** By status. */
export type OperationAnswers = Readonly<Record<number, OperationAnswer>>;

/** One thing that the API does, as data: the mounting, the OpenAPI document and the clients are made from it. */
export interface Operation<
  Path extends string = string,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Answers extends OperationAnswers = OperationAnswers,
  Documented extends z.ZodType = z.ZodType,
> {
  /** Its name in clients; the key in `OPERATIONS`. */
  id: string;
  method: 'get' | 'post' | 'put' | 'delete';
  /** With parameters as `{name}`. */
  path: Path;
  /** The last parameter of the path is the rest of it, with its slashes. */
  deep?: true;
  /** One line for lists of operations. */
  summary: string;
  /** What a caller must know beyond the summary. */
  description?: string;
  /** The parameters of the path, for the document; the handler decides what each wrong one is answered with. */
  params: Readonly<Record<ParamName<Path>, z.ZodType>>;
  /** The query string as a strict object; without it, every parameter is refused. */
  query?: Query;
  /** Parameters of the query that may be given several times, which means their values separated by commas. */
  lists?: readonly string[];
  /** Request headers that the handler reads. */
  headers?: Readonly<Record<string, { description: string }>>;
  /** The JSON body as a strict object; without it, only an absent or empty one is accepted. */
  body?: Body;
  /** The handler reads the body itself; the document has these media types. */
  rawBody?: MediaTypes;
  /** The body for the document, where `body` lets every JSON through and the handler checks it itself. */
  documentedBody?: Documented;
  /** An absent body is refused; without it, an absent body is the empty object. */
  requiresBody?: true;
  answers: Answers;
  /** The handler chooses the media type itself; without it, a client that accepts none of `answers` gets a 406. */
  negotiates?: true;
  errors: readonly ErrorStatus[];
  access: Access;
  retry: Retry;
  /** It makes runs; a principal may do that less often than other things. */
  makesRuns?: true;
  /** It reads, although its method is not GET; the audit log has no entry for it. */
  changesNothing?: true;
  /**
   * Events arrive for as long as the client listens. A browser that cannot send a header may open it with the query
   * parameter `ticket`, which no operation declares itself.
   */
  stream?: true;
}

/** `'/runs/{id}'` → `'id'`. */
export type ParamName<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamName<Rest>
  : never;

/**
 * Declares an operation and keeps the types of its path, query, body and answers.
 *
 * @example
 * export const getRun = defineOperation({
 *   id: 'getRun', method: 'get', path: '/api/v1/runs/{id}', params: { id: z.uuid() },
 *   summary: 'One run in full', answers: { 200: json('The run', runDetail) }, errors: [404],
 *   access: { role: 'viewer', namespace: 'run' }, retry: 'safe',
 * });
 */
export function defineOperation<
  const Path extends string,
  const Answers extends OperationAnswers,
  Query extends z.ZodType = EmptyObject,
  Body extends z.ZodType = EmptyObject,
  Documented extends z.ZodType = Body,
>(
  operation: Operation<Path, Query, Body, Answers, Documented>,
): Operation<Path, Query, Body, Answers, Documented> {
  return operation;
}

/** What an operation that declares no query, or no body, accepts. */
export const emptyObject = z.strictObject({});
type EmptyObject = typeof emptyObject;

/** An answer of JSON. */
export function json<Schema extends z.ZodType>(
  description: string,
  schema: Schema,
): OperationAnswer<{ readonly 'application/json': Schema }> {
  return { description, content: { 'application/json': schema } };
}

type NoContent = { readonly 'application/json'?: never };

/** An answer without content. */
export function noContent(description: string): OperationAnswer<NoContent> {
  return { description, content: {} };
}
