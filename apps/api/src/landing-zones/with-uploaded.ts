import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import { uploadQuery } from '@rat/contracts';
import { InputError } from '@rat/domain';
import { findCaller } from '../http/caller.ts';
import { HttpError } from '../http/http-error.ts';
import { openFormFile, type FormFile } from '../http/open-form-file.ts';
import { parseInput } from '../http/parse-input.ts';
import { whileRightHolds } from '../http/while-right-holds.ts';

/** The file name, from the query or from the form. */
const fileName = uploadQuery.pick({ name: true });

/** Bytes that a form may have in addition to its file. */
const FORM_MAX_BYTES = 64 * 1024;

/** The parameters of an upload, and its limits. */
export interface UploadOptions {
  query: { name?: string | undefined; replace: boolean };
  /** The largest file that is accepted. */
  maxBytes: number;
  /** Aborts when the client is gone. */
  signal: AbortSignal;
}

/** The name and the content of an uploaded file, which arrives as fast as it is read. */
export interface Uploaded {
  name: string;
  replace: boolean;
  /** Whether it came in a form, as a person or a client of the reference platform sends it. */
  isForm: boolean;
  /** Of the file, as the sender states it. */
  contentType: string | undefined;
  content: AsyncIterable<Buffer>;
  /** The length of the content, when the sender states it. */
  bytes: number | undefined;
}

/**
 * Passes the one file of a request on to `take`: the body as it is, of any content type, or the
 * single file of a multipart form. Throws InputError for a name that no file can have and for a
 * malformed form, HttpError 413 for a file that is too large, 415 for an encoded body, 400 when
 * the client leaves, and UnauthenticatedError, in place of the end of the content, when the sender's right has ended.
 *
 * @example
 * const stored = await withUploaded(req, { query, maxBytes, signal }, (file) =>
 *   upload(deps, { ...zone, name: file.name, replace: file.replace }, file.content, signal),
 * );
 */
export async function withUploaded<T>(
  req: IncomingMessage & Pick<Request, 'is'>,
  { query, maxBytes, signal }: UploadOptions,
  take: (file: Uploaded) => Promise<T>,
): Promise<T> {
  let form: FormFile | undefined;
  try {
    refuseEncoded(req);
    const isForm = req.is('multipart/form-data') !== false;
    const mostBytes = maxBytes + (isForm ? FORM_MAX_BYTES : 0);
    if (Number(req.headers['content-length'] ?? 0) > mostBytes) throw tooLarge(maxBytes);
    // Do not close the connection when the loop stops early: the client must still get the
    // refusal.
    const body = req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
    if (isForm) form = await openFormFile(req.headers, body);
    const { name } = parseInput(fileName, { name: query.name ?? form?.filename });
    const whole = limited(maxBytes, form?.content ?? body);
    const content = whileRightHolds(findCaller(req), whole);
    const contentType = form === undefined ? req.headers['content-type'] : form.contentType;
    const stated = Number(req.headers['content-length'] ?? 0);
    const bytes = isForm || stated === 0 ? undefined : stated;
    return await take({ name, replace: query.replace, isForm, contentType, content, bytes });
  } catch (error) {
    throw signal.aborted ? aborted(error) : error;
  } finally {
    form?.abandon();
    // Many clients read the response only after they have sent the whole body, so the rest is
    // drained.
    req.resume();
  }
}

/** The bytes are stored unchanged, so a content encoding would become part of the file. */
function refuseEncoded(req: Pick<Request, 'headers'>): void {
  const { 'content-encoding': encoding = 'identity' } = req.headers;
  if (encoding.toLowerCase() === 'identity') return;
  throw new HttpError(415, 'INVALID_ARGUMENT', 'content encoding is not supported');
}

async function* limited(maxBytes: number, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    for await (const chunk of content) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof HttpError || error instanceof InputError) throw error;
    throw aborted(error);
  }
}

function aborted(cause: unknown): HttpError {
  return new HttpError(400, 'INVALID_ARGUMENT', 'request was aborted', { cause });
}

function tooLarge(maxBytes: number): HttpError {
  const message = `a file may have at most ${maxBytes / 1024 / 1024} MB`;
  return new HttpError(413, 'INVALID_ARGUMENT', message);
}
