import type { AnswerOf, BodyOf, OperationId, ParamOf, QueryOf } from '@rat/contracts';
import type { Retry } from './decide-retry.ts';
import { ROUTES, type MethodOperations } from './operations.gen.ts';
import { Pages, type Paging } from './pages.ts';
import type { ApiRequest, CallOptions, RawBody, Sender } from './send.ts';

/** The methods of one resource, by name. */
export type Resource<Name extends keyof MethodOperations> = {
  readonly [
    Method in keyof MethodOperations[Name]
  ]: MethodOperations[Name][Method] extends OperationId
    ? ApiMethod<MethodOperations[Name][Method], RouteOf<Name, Method>>
    : never;
};

type RouteOf<
  Name extends keyof MethodOperations,
  Method,
> = Method extends keyof (typeof ROUTES)[Name] ? (typeof ROUTES)[Name][Method] : never;

/** A call; its `response` resolves with the answer as it arrived, for its headers or another media type. */
interface ApiMethod<Id extends OperationId, Route> {
  (...args: Arguments<Id, Route>): Result<Id, Route>;
  response: (...args: Arguments<Id, Route>) => Promise<Response>;
}

type Result<Id extends OperationId, Route> = Route extends `${string} ${Paging}:${infer Items}`
  ? Pages<NonNullable<AnswerOf<Id>>, ItemOf<NonNullable<AnswerOf<Id>>, Items>>
  : Promise<AnswerOf<Id>>;

type ItemOf<Page, Items> = Items extends keyof Page
  ? Page[Items] extends readonly (infer Item)[]
    ? Item
    : never
  : never;

/** The parameters of the path, then the body, then the query, each where the operation has it, then the options. */
type Arguments<Id extends OperationId, Route> = [
  ...PathArgument<ParamOf<Id>>,
  ...BodyArgument<Id, Words<Route>>,
  ...QueryArgument<Id, Words<Route>>,
  options?: CallOptions,
];

type Words<Route> = Route extends `${infer Word} ${infer Rest}` ? Word | Words<Rest> : Route;

/** A parameter that is the only one stands for itself. */
type PathArgument<Params> = [keyof Params] extends [never]
  ? []
  : IsUnion<keyof Params> extends true
    ? [place: Params]
    : [name: Params[keyof Params]];

type IsUnion<T, Whole = T> = T extends unknown ? ([Whole] extends [T] ? false : true) : never;

type BodyArgument<Id extends OperationId, Word> = 'raw' extends Word
  ? [body: RawBody]
  : 'body' extends Word
    ? [body: BodyOf<Id>]
    : 'body?' extends Word
      ? [body?: BodyOf<Id> | undefined]
      : [];

type QueryArgument<Id extends OperationId, Word> = 'query' extends Word
  ? [query: QueryOf<Id>]
  : 'query?' extends Word
    ? [query?: QueryOf<Id> | undefined]
    : [];

/** Makes the methods of a resource. */
export function makeResource<Name extends keyof typeof ROUTES>(
  sender: Sender,
  name: Name,
): Resource<Name> {
  const methods = Object.entries<string>(ROUTES[name]).map(([method, route]) => [
    method,
    makeMethod(sender, route),
  ]);
  // The generated types and routes have the same keys.
  return Object.fromEntries(methods) as Resource<Name>;
}

interface Call {
  request: ApiRequest;
  query: Record<string, unknown>;
  options: CallOptions;
}

function makeMethod(sender: Sender, route: string): unknown {
  const paged = / (cursor|after|offset):(\w+)$/.exec(route);
  const method = (...args: unknown[]): unknown => {
    const call = readArguments(route, args);
    const read = (query: Call['query']): Promise<unknown> =>
      sender.send(withQuery(call.request, query), call.options, readJson);
    if (paged === null) return read(call.query);
    const [, paging, items] = paged;
    // The pattern lets only these pass.
    return new Pages(read, {
      query: call.query,
      paging: paging as Paging,
      items: items as never,
    });
  };
  const response = (...args: unknown[]): Promise<Response> => {
    const { request, query, options } = readArguments(route, args);
    return sender.send(withQuery(request, query), options, (answer) => answer);
  };
  return Object.assign(method, { response });
}

function readArguments(route: string, args: unknown[]): Call {
  const [method = '', pattern = '', retry, ...words] = route.split(' ');
  const rest = [...args];
  const names = [...pattern.matchAll(/\{\*?(\w+)\}/g)].map(([, name = '']) => name);
  const given = names.length > 0 ? rest.shift() : {};
  const place = (typeof given === 'object' ? given : { [names[0] ?? '']: given }) as object;
  const isRaw = words.includes('raw');
  const body = words.some((word) => /^(raw|body)/.test(word)) ? rest.shift() : undefined;
  const query = words.some((word) => word.startsWith('query')) ? rest.shift() : undefined;
  const request: ApiRequest = {
    method,
    path: fillPath(pattern, place),
    retry: retry as Retry,
    headers: { accept: 'application/json', ...contentType(body, isRaw) },
    body: isRaw ? (body as RawBody) : body === undefined ? undefined : JSON.stringify(body),
  };
  return { request, query: (query ?? {}) as Call['query'], options: rest.shift() ?? {} };
}

/** A form and a blob name their own type. */
function contentType(body: unknown, isRaw: boolean): Record<string, string> {
  if (body === undefined || body instanceof FormData || body instanceof Blob) return {};
  return { 'content-type': isRaw ? 'application/octet-stream' : 'application/json' };
}

/** `/runs/{id}` → `/runs/42`; the value of a parameter with a star keeps its slashes. */
function fillPath(pattern: string, place: object): string {
  return pattern.replace(/\{(\*?)(\w+)\}/g, (_, star: string, name: string) => {
    const value = encodeURIComponent(String(place[name as keyof typeof place]));
    return star ? value.replaceAll('%2F', '/') : value;
  });
}

export function withQuery(request: ApiRequest, query: object): ApiRequest {
  const given = Object.entries<unknown>({ ...query }).filter(([, value]) => value !== undefined);
  const pairs = given.map(([name, value]): [string, string] => [name, toText(value)]);
  const text = new URLSearchParams(pairs).toString();
  return text === '' ? request : { ...request, path: `${request.path}?${text}` };
}

function toText(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
}
