import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyFileStream } from '@fastify/busboy';
import { InputError } from '@rat/domain';
import { coerceError } from '@rat/runtime';

/** The single file of a form that is still arriving. */
export interface FormFile {
  /** The base name of the file, without the folders that a client may send. */
  filename: string;
  /** The media type of its part; without one, `application/octet-stream` or `text/plain`. */
  contentType: string;
  /**
   * Ends when the whole form has arrived and is valid. Read it or call `abandon`: otherwise the
   * form waits for ever.
   */
  content: AsyncIterable<Buffer>;
  abandon: () => void;
}

interface Begun {
  filename: string;
  contentType: string;
  stream: BusboyFileStream;
}

const LIMITS = { files: 1, fields: 20, fieldSize: 1_024, headerSize: 8_192, headerPairs: 50 };

/**
 * Reads a `multipart/form-data` body up to its file. Throws InputError when the form is malformed
 * or has no file.
 */
export async function openFormFile(
  headers: IncomingHttpHeaders,
  body: AsyncIterable<Buffer>,
): Promise<FormFile> {
  const form = openForm(headers);
  let file: BusboyFileStream | undefined;
  let hasMore = false;
  form.once('filesLimit', () => (hasMore = true));
  let unknown: string | undefined;
  form.on('field', (field) => (unknown ??= field));
  const begun = new Promise<Begun>((resolve) => {
    form.on('file', (_field, stream, filename, _encoding, contentType) => {
      file = stream;
      // The reader gets the error from its read. Without this listener, a malformed form would end
      // the process.
      stream.on('error', () => undefined);
      resolve({ filename, contentType, stream });
    });
  });
  const parsed = pipeline(Readable.from(body, { highWaterMark: 1 }), form);
  parsed.catch((error: unknown) => file?.destroy(coerceError(error)));
  const ended = parsed.then(
    () => {
      throw new InputError('the form has no file');
    },
    (cause: unknown) => {
      if (cause instanceof InputError) throw cause;
      throw new InputError('the form is broken off or malformed', [], { cause });
    },
  );
  const { filename, contentType, stream } = await Promise.race([begun, ended]);
  ended.catch(() => undefined);
  function assertNoField(): void {
    if (unknown === undefined) return;
    const message = `unknown field ${unknown}; a form carries one file, and the query string the rest`;
    throw new InputError(message, [{ path: unknown, message }]);
  }
  if (unknown !== undefined) form.destroy();
  assertNoField();

  async function* readAll(): AsyncGenerator<Buffer> {
    yield* stream;
    await parsed;
    assertNoField();
    if (hasMore) throw new InputError('the form has more than one file; send one at a time');
  }
  return { filename, contentType, content: readAll(), abandon: () => form.destroy() };
}

function openForm(headers: IncomingHttpHeaders): Busboy {
  try {
    const type = headers['content-type'] ?? '';
    return new Busboy({ headers: { ...headers, 'content-type': type }, limits: LIMITS });
  } catch (cause) {
    throw new InputError('the form names no boundary', [], { cause });
  }
}
