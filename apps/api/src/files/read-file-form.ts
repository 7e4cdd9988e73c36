import type { Request } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy } from '@fastify/busboy';
import { SQL_MAX_LENGTH } from '@rat/contracts';
import { InputError } from '@rat/domain';
import { HttpError } from '../http/http-error.ts';
import { decodeUtf8 } from '../http/utf8.ts';

/** Four bytes for each character, and the form around the file. */
const FORM_MAX_BYTES = 4 * SQL_MAX_LENGTH + 64 * 1024;
const LIMITS = { files: 1, fields: 1, fieldSize: 2_048, headerSize: 8_192, headerPairs: 50 };

/** The parts of a form that carries a file of a pipeline. */
export interface FileForm {
  path: string;
  /** The name of the file on the client's disk. */
  filename: string;
  /** Without a byte order mark. */
  content: string;
  /** Bytes of the file as it was sent. */
  size: number;
}

/**
 * Reads a `multipart/form-data` body with the parts `path` and `file`, in any order. Throws InputError
 * for a form with other parts and for a file that is not UTF-8, HttpError 413 for one that is too large.
 */
export async function readFileForm(
  req: Pick<Request, 'headers' | 'is' | 'iterator' | 'resume'>,
): Promise<FileForm> {
  try {
    if (req.is('multipart/form-data') === false) {
      const message = 'content type must be multipart/form-data, with the parts path and file';
      const headers = { Accept: 'multipart/form-data' };
      throw new HttpError(415, 'INVALID_ARGUMENT', message, { headers });
    }
    const body = await readBody(req);
    const { path, filename, bytes } = await readParts(req.headers['content-type'] ?? '', body);
    if (path === undefined) throw missing('path', 'where the file belongs');
    if (bytes === undefined) throw missing('file', 'the file');
    const content = decodeUtf8(bytes, 'the file').replace(/^\uFEFF/, '');
    return { path, filename, content, size: bytes.length };
  } finally {
    // Many clients read the answer only after they have sent the whole body.
    req.resume();
  }
}

async function readBody(req: Pick<Request, 'headers' | 'iterator'>): Promise<Buffer> {
  const tooLarge = (): HttpError =>
    new HttpError(413, 'INVALID_ARGUMENT', `a file may have at most ${SQL_MAX_LENGTH} characters`);
  if (Number(req.headers['content-length'] ?? 0) > FORM_MAX_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  // The connection stays open when the loop stops early: the client must still get the refusal.
  for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > FORM_MAX_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function readParts(
  contentType: string,
  body: Buffer,
): Promise<{ path?: string; filename: string; bytes?: Buffer }> {
  const parts: { path?: string; filename: string; bytes?: Buffer } = { filename: '' };
  let refused: InputError | undefined;
  try {
    const form = new Busboy({ headers: { 'content-type': contentType }, limits: LIMITS });
    form.on('field', (field, value) => {
      if (field === 'path') parts.path = value;
      else refused ??= unknownPart(field);
    });
    form.on('file', (field, stream, filename) => {
      if (field !== 'file') refused ??= unknownPart(field);
      parts.filename = filename;
      const chunks: Buffer[] = [];
      // The pipeline below reports the error of a malformed form.
      stream.on('error', () => undefined);
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => (parts.bytes = Buffer.concat(chunks)));
    });
    form.once('filesLimit', () => (refused ??= new InputError('the form has more than one file')));
    form.once('fieldsLimit', () => (refused ??= new InputError('the form has path twice')));
    await pipeline(Readable.from([body]), form);
  } catch (cause) {
    throw new InputError('the form is broken off or malformed', [], { cause });
  }
  if (refused !== undefined) throw refused;
  return parts;
}

function unknownPart(field: string): InputError {
  const message = `unknown part ${field}; the form has path and file`;
  return new InputError(message, [{ path: field, message }]);
}

function missing(field: string, what: string): InputError {
  const message = `is missing; the form has the part ${field}, ${what}`;
  return new InputError(`${field}: ${message}`, [{ path: field, message }]);
}
