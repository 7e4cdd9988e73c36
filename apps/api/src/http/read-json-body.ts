import type { IncomingMessage } from 'node:http';
import { HttpError } from './http-error.ts';
import { isUtf8Charset, parseMediaType } from './media-types.ts';
import { readBytes, type Coding } from './read-bytes.ts';
import { parseStrictJson } from './strict-json.ts';
import { decodeUtf8 } from './utf8.ts';

/**
 * Content codings that the body reader decodes; `x-gzip` is an alias of `gzip` (RFC 9110, section
 * 8.4.1.3).
 */
const CODINGS: Readonly<Record<string, Coding>> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  br: 'br',
};

/**
 * Reads a JSON body of up to 1 MiB; undefined when there is no body. Throws
 * - HttpError 415 for another content type, charset or coding,
 * - HttpError 413 for a larger body,
 * - InputError for text that is not JSON in UTF-8.
 */
export async function readJsonBody(req: IncomingMessage): Promise<unknown> {
  if (!hasBody(req)) return undefined;
  assertJson(req.headers['content-type']);
  const bytes = await readBytes(req, codingOf(req.headers['content-encoding']));
  // Some clients send an empty body in chunks when they have none.
  if (bytes.length === 0) return undefined;
  // Windows programs write a byte order mark before JSON; it is not part of the text.
  return parseStrictJson(decodeUtf8(bytes, 'the request body').replace(/^\ufeff/, ''));
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function assertJson(contentType: string | undefined): void {
  const parsed = parseMediaType(contentType ?? '');
  if (parsed === undefined || !/^application\/(?:json|[^/]+\+json)$/.test(parsed.type)) {
    const headers = { Accept: 'application/json' };
    const message = 'content type must be application/json';
    throw new HttpError(415, 'INVALID_ARGUMENT', message, { headers });
  }
  if (!isUtf8Charset(parsed.parameters.get('charset'))) {
    throw new HttpError(415, 'INVALID_ARGUMENT', 'charset is not supported; send UTF-8');
  }
}

function codingOf(header = ''): Coding | undefined {
  const names = header
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const [name, ...more] = names.filter((part) => part !== '' && part !== 'identity');
  if (name === undefined) return undefined;
  const coding = CODINGS[name];
  if (coding === undefined || more.length > 0) {
    const message = 'content encoding is not supported; send gzip, deflate, br or none';
    const headers = { 'Accept-Encoding': 'gzip, deflate, br, identity' };
    throw new HttpError(415, 'INVALID_ARGUMENT', message, { headers });
  }
  return coding;
}
