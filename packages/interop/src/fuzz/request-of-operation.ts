import fc from 'fast-check';
import { hostileBody, hostileJson, hostileText } from './hostile-values.ts';
import type { DocumentedOperation, Parameter } from './openapi-document.ts';
import type { ValuesOfSchema } from './values-of-schema.ts';

/** One request, with the target and the headers as they are sent. */
export interface FuzzedRequest {
  operation: DocumentedOperation;
  target: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer | undefined;
}

/** How often a part of a request is hostile: 1 in so many. */
const HOSTILE_OF = 12;
/** How often an optional parameter is there: 1 in so many. */
const GIVEN_OF = 4;

/** Requests of one operation: most fit the document, and in some of them a part is hostile. */
export function requestsOf(
  operation: DocumentedOperation,
  values: ValuesOfSchema,
): fc.Arbitrary<FuzzedRequest> {
  const of = (place: Parameter['in']): Parameter[] =>
    operation.parameters.filter((one) => one.in === place);
  return fc
    .record({
      path: fc.record(entries(of('path'), (one) => pathValue(one, values))),
      query: optional(of('query'), (one) => queryValue(one, values)),
      unknown: rarely(fc.tuple(hostileText, hostileText), 30),
      headers: optional(of('header'), () => headerValue),
      accept: rarely(
        fc.constantFrom('text/html', '*/*;q=0', 'application/json', 'a', 'text/csv'),
        20,
      ),
      body: bodyOf(operation, values),
    })
    .map(({ path, query, unknown, headers, accept, body }) => {
      const parameters = [...Object.entries(query), ...(unknown === undefined ? [] : [unknown])];
      const search = parameters.map(([name, value]) => `${encode(name)}=${encode(value)}`);
      return {
        operation,
        target: `${toPath(operation.path, path)}${search.length > 0 ? `?${search.join('&')}` : ''}`,
        headers: {
          ...headers,
          ...(accept === undefined ? {} : { accept }),
          ...body.headers,
        },
        body: body.bytes,
      };
    });
}

function entries<T>(
  parameters: readonly Parameter[],
  value: (one: Parameter) => T,
): Record<string, T> {
  return Object.fromEntries(parameters.map((one) => [one.name, value(one)]));
}

function optional(
  parameters: readonly Parameter[],
  value: (one: Parameter) => fc.Arbitrary<string>,
): fc.Arbitrary<Record<string, string>> {
  const made = entries(parameters, (one) =>
    one.required === true ? value(one) : rarely(value(one), GIVEN_OF),
  );
  return fc
    .record(made)
    .map((all) =>
      Object.fromEntries(
        Object.entries(all).flatMap(([name, given]) =>
          given === undefined ? [] : [[name, given]],
        ),
      ),
    );
}

function rarely<T>(value: fc.Arbitrary<T>, oneIn: number): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { arbitrary: fc.constant(undefined), weight: oneIn - 1 },
    { arbitrary: value, weight: 1 },
  );
}

function sometimesHostile<T>(value: fc.Arbitrary<T>, hostile: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: value, weight: HOSTILE_OF - 1 }, { arbitrary: hostile, weight: 1 });
}

function queryValue(one: Parameter, values: ValuesOfSchema): fc.Arbitrary<string> {
  const fitting = values
    .of(one.schema, one.name)
    .map((made) => [made].flat().map(String).join(','));
  return sometimesHostile(fitting, hostileText);
}

function pathValue(one: Parameter, values: ValuesOfSchema): fc.Arbitrary<string> {
  const fitting = values.of(one.schema, one.name).map((made) =>
    // The path of a file keeps its slashes.
    String(made)
      .split('/')
      .map(encode)
      .join(one.name === 'path' ? '/' : '%2F'),
  );
  const raw = fc.constantFrom(
    '..',
    '.',
    '%2e%2e',
    '%2E%2E%2F',
    '%00',
    '%ff',
    '%',
    '%zz',
    '//',
    '%C0%AE',
    ';a=b',
  );
  return sometimesHostile(fitting, fc.oneof(hostileText.map(encode), raw));
}

/** What Node's client lets through: no control character, no more than Latin-1. */
const headerValue = fc.oneof(
  fc.constantFrom('*', 'W/"1"', '"1"', '"0"', '1', '', 'respond-async', '-1', 'a, b', '"'),
  fc.stringMatching(/^[\x20-\x7e\x80-\xff]{0,30}$/),
  fc.constant('x'.repeat(3_000)),
);

interface FuzzedBody {
  headers: Record<string, string>;
  bytes: Buffer | undefined;
}

const JSON_TYPE = 'application/json';
const TYPES = [
  'text/plain',
  'application/json; charset=latin1',
  'multipart/form-data',
  'multipart/form-data; boundary=b',
  '',
  'x',
];
const CODINGS = ['gzip', 'br', 'deflate', 'identity', 'zstd', 'gzip, gzip'];

function bodyOf(operation: DocumentedOperation, values: ValuesOfSchema): fc.Arbitrary<FuzzedBody> {
  const schema = operation.body[JSON_TYPE]?.schema;
  const made = schema === undefined ? rawBodies(operation) : jsonBodies(values.of(schema));
  const type = rarely(fc.constantFrom(...TYPES), 25);
  const coding = rarely(fc.constantFrom(...CODINGS), 25);
  return fc.tuple(made, type, coding).map(([body, otherType, otherCoding]) => {
    if (body.bytes === undefined) return body;
    return {
      bytes: body.bytes,
      headers: {
        ...body.headers,
        ...(otherType === undefined ? {} : { 'content-type': otherType }),
        ...(otherCoding === undefined ? {} : { 'content-encoding': otherCoding }),
      },
    };
  });
}

/** JSON that fits, with one field exchanged now and then, or bytes that are no such body. */
function jsonBodies(fitting: fc.Arbitrary<unknown>): fc.Arbitrary<FuzzedBody> {
  const headers = { 'content-type': JSON_TYPE };
  const changed = fc
    .tuple(fitting, fc.nat(), hostileJson, hostileText)
    .map(([value, at, hostile, key]) => exchange(value, at, { hostile, key }));
  const toBytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  return fc
    .oneof(
      { arbitrary: fitting.map(toBytes), weight: 6 },
      { arbitrary: changed.map(toBytes), weight: 3 },
      { arbitrary: hostileBody, weight: 1 },
    )
    .map((bytes) => ({ headers, bytes }));
}

/** Exchanges one field of an object, at any depth, or adds one that it does not have. */
function exchange(value: unknown, at: number, given: { hostile: unknown; key: string }): unknown {
  if (Array.isArray(value) && value.length > 0) {
    const place = at % value.length;
    return value.map((one, n) => (n === place ? exchange(one, at >> 1, given) : (one as unknown)));
  }
  if (typeof value !== 'object' || value === null) return given.hostile;
  const keys = Object.keys(value);
  const place = at % (keys.length + 2);
  const key = keys[place];
  if (key === undefined) return { ...value, [given.key]: given.hostile };
  const old: unknown = Reflect.get(value, key);
  return { ...value, [key]: exchange(old, at >> 1, given) };
}

/** Bodies of operations that take a file, and of those that take none. */
function rawBodies({ body }: DocumentedOperation): fc.Arbitrary<FuzzedBody> {
  const none: fc.Arbitrary<FuzzedBody> = fc.constant({ headers: {}, bytes: undefined });
  const hostile = hostileBody.map((bytes) => ({ headers: { 'content-type': JSON_TYPE }, bytes }));
  if (Object.keys(body).length === 0)
    return fc.oneof({ arbitrary: none, weight: 15 }, { arbitrary: hostile, weight: 1 });
  const form = fc
    .tuple(fc.constantFrom('a.csv', '../a.csv', 'x.parquet', ''), fc.constantFrom('file', 'path'))
    .map(([filename, field]) => ({
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      bytes: Buffer.from(
        `--b\r\nContent-Disposition: form-data; name="${field}"; filename="${filename}"\r\n\r\nid\n1\n\r\n--b--\r\n`,
      ),
    }));
  return fc.oneof(
    { arbitrary: form, weight: 4 },
    { arbitrary: hostile, weight: 3 },
    { arbitrary: none, weight: 1 },
  );
}

function toPath(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (_match, name: string) => String(values[name]));
}

/** Percent-encodes also what is no text: half of a surrogate pair becomes the bytes that it would have. */
function encode(text: string): string {
  return Buffer.from(text, 'utf8').reduce(
    (made, byte) =>
      made +
      (/[\w.~-]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).padStart(2, '0')}`),
    '',
  );
}
