import { createHash } from 'node:crypto';
import {
  findParamProblem,
  InputError,
  scrubLogText,
  UnprocessableError,
  type Issue,
  type ParamSpec,
  type ParamValue,
  type ParamValues,
} from '@rat/domain';
import { parseStrictJson } from '../http/strict-json.ts';
import { decodeUtf8 } from '../http/utf8.ts';
import { resolvePointer } from './json-pointer.ts';

/** What a webhook takes out of its deliveries. */
export interface PayloadRule {
  /** A JSON pointer to the id of a delivery; null: only headers have it. */
  delivery_id: string | null;
  /** The parameters that a delivery carries, by name. */
  params: Readonly<Record<string, Pick<ParamSpec, 'type'> & { pointer: string }>>;
}

/** A delivery as it is stored. */
export interface Payload {
  /** Undefined: the sender names none, and each delivery is a new one. */
  deliveryId: string | undefined;
  params: ParamValues | undefined;
  /** The start of the body, without secrets. */
  excerpt: string;
}

/** The headers in which senders put the id of a delivery; the first one that is there counts. */
const ID_HEADERS = ['webhook-id', 'x-github-delivery', 'idempotency-key'];

/** An id that is longer is replaced by its hash, since it is a key of the database. */
const ID_MAX = 200;

const EXCERPT_BYTES = 65_536;

/**
 * Reads what a webhook takes out of a delivery that is genuine. Only a webhook with pointers needs a body
 * of JSON. Throws UnprocessableError for a parameter that is missing or of another type.
 */
export function readPayload(
  rule: PayloadRule,
  delivery: { header: (name: string) => string | undefined; body: Uint8Array },
  specs: Readonly<Record<string, ParamSpec>>,
): Payload {
  const { header, body } = delivery;
  const excerpt = excerptOf(body);
  const named = ID_HEADERS.map(header).find((id) => id !== undefined && id.trim() !== '');
  const names = Object.keys(rule.params);
  if (rule.delivery_id === null && names.length === 0) {
    return { deliveryId: boundId(named), params: undefined, excerpt };
  }
  const document = parseBody(body);
  const id = rule.delivery_id === null ? undefined : resolvePointer(document, rule.delivery_id);
  const isId = typeof id === 'string' || typeof id === 'number';
  return {
    deliveryId: boundId(isId ? String(id) : named),
    params: readParams(rule, document, specs),
    excerpt,
  };
}

function parseBody(body: Uint8Array): unknown {
  try {
    return parseStrictJson(decodeUtf8(body, 'the request body'));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const message = 'must be JSON in UTF-8: the webhook takes values out of it';
    throw new UnprocessableError(`the body ${message}`, [{ path: '', message }], { cause: error });
  }
}

function readParams(
  { params }: PayloadRule,
  document: unknown,
  specs: Readonly<Record<string, ParamSpec>>,
): ParamValues | undefined {
  const issues: Issue[] = [];
  const values: [string, ParamValue][] = [];
  for (const [name, { pointer, type }] of Object.entries(params)) {
    const value = resolvePointer(document, pointer);
    const message = problemOf(value, specs[name] ?? { type });
    if (message === undefined) values.push([name, value as ParamValue]);
    else issues.push({ path: pointer, message: `${message} (parameter ${name})` });
  }
  const [first] = issues;
  if (first !== undefined) throw new UnprocessableError(`${first.path} ${first.message}`, issues);
  return values.length === 0 ? undefined : Object.fromEntries(values);
}

function problemOf(value: unknown, spec: ParamSpec): string | undefined {
  if (value === undefined) return 'is missing';
  if (!['string', 'number', 'boolean'].includes(typeof value)) {
    return `must be a ${spec.type}, not ${value === null ? 'null' : 'a list or an object'}`;
  }
  return findParamProblem(spec, value as ParamValue);
}

function boundId(id: string | undefined): string | undefined {
  if (id === undefined || id.length <= ID_MAX) return id;
  return `sha256:${createHash('sha256').update(id).digest('hex')}`;
}

/** Cut at a character, with what Postgres cannot store replaced. */
function excerptOf(body: Uint8Array): string {
  const isCut = body.length > EXCERPT_BYTES;
  const text = new TextDecoder().decode(body.subarray(0, EXCERPT_BYTES), { stream: isCut });
  return scrubLogText(text.replaceAll('\0', '\ufffd'));
}
