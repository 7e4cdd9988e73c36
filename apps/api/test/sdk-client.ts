import type { Response } from 'supertest';

/**
 * A client that sends what the reference platform's TypeScript SDK sends, and nothing more: a content
 * type only with a body, `namespace: ""` for the default one, no wish about the form of rows.
 */
export interface SdkClient {
  /** The body of the answer; null for a 204. Throws with the status and the body of a refusal. */
  call: (method: string, path: string, sent?: Sent) => Promise<Body>;
  /** The status and the body of any answer. */
  ask: (method: string, path: string, sent?: Sent) => Promise<{ status: number; body: unknown }>;
}

/** The body of an answer, of the type that supertest gives one; a test says which keys it has. */
export type Body = Response['body'];

export interface Sent {
  json?: object;
  form?: { [part: string]: string | { name: string; content: string } };
}

/**
 * A method of the SDK: its request, where `{run}`, `{file}`, `{trigger}` and `{schedule}` stand for the
 * ids that earlier methods got; the shape of the answer, or null for a 204; and what the values must be.
 */
export interface Method {
  name: string;
  request: string;
  sent?: Sent;
  shape: Shape | null;
  holds?: (body: Body) => void;
}

export function openSdkClient(url: string): SdkClient {
  const ask: SdkClient['ask'] = async (method, path, { json, form } = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: json === undefined ? {} : { 'Content-Type': 'application/json' },
      ...(json !== undefined && { body: JSON.stringify(json) }),
      ...(form !== undefined && { body: formOf(form) }),
    });
    if (response.status === 204) return { status: 204, body: null };
    return { status: response.status, body: await response.json() };
  };
  const call: SdkClient['call'] = async (method, path, sent) => {
    const { status, body } = await ask(method, path, sent);
    if (status >= 400) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  };
  return { ask, call };
}

function formOf(parts: NonNullable<Sent['form']>): FormData {
  const form = new FormData();
  for (const [part, value] of Object.entries(parts)) {
    if (typeof value === 'string') form.append(part, value);
    else form.append(part, new Blob([value.content]), value.name);
  }
  return form;
}

/**
 * What a key holds: a type, `type|null`, or the shape of each element in `[…]`. A key that ends with
 * `?` may be absent.
 */
export type Shape = string | [Shape] | { [key: string]: Shape };

/** Where `value` is not of `shape`, in words; empty when it is. Keys that the shape does not name are allowed. */
export function differences(value: unknown, shape: Shape, at = 'answer'): string[] {
  if (typeof shape === 'string') {
    const kind = kindOf(value);
    return shape.split('|').includes(kind) ? [] : [`${at} is ${kind}, not ${shape}`];
  }
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return [`${at} is ${kindOf(value)}, not array`];
    return value.flatMap((one, n) => differences(one, shape[0], `${at}[${n}]`));
  }
  if (kindOf(value) !== 'object') return [`${at} is ${kindOf(value)}, not object`];
  const fields = new Map(Object.entries(value as object));
  return Object.entries(shape).flatMap(([key, expected]) => {
    const name = key.replace(/\?$/, '');
    if (name !== key && !fields.has(name)) return [];
    return differences(fields.get(name), expected, `${at}.${name}`);
  });
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}
