import type { IncomingMessage } from 'node:http';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { HttpError } from './http-error.ts';

const LIMIT_BYTES = 1024 * 1024;

/** Content codings that can be decoded. */
const DECODERS = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
} as const;

export type Coding = keyof typeof DECODERS;

/**
 * Reads a body of up to 1 MiB, decoded. A larger one is refused with 413 as soon as that is known: from its stated
 * length, or when so much of it has arrived or was decoded. The rest stays unread, so the refusal does not wait for it.
 * Throws HttpError 400 for a body that breaks off, and for one that is not in its coding.
 */
export async function readBytes(req: IncomingMessage, coding?: Coding): Promise<Buffer> {
  // Compressed bytes may also become fewer, but not by much.
  const stated = Number(req.headers['content-length'] ?? 0);
  if (coding === undefined && stated > LIMIT_BYTES) throw tooLarge();
  const decoder = coding === undefined ? undefined : DECODERS[coding]();
  const body = decoder === undefined ? req : req.pipe(decoder);
  const broken = (error: Error): void => {
    decoder?.destroy(refuse(BROKEN_OFF, error));
  };
  req.once('error', broken);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // The connection stays open when the loop stops early: the client must still get the refusal.
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > LIMIT_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw refuse(decoder === undefined ? BROKEN_OFF : MISMATCH, error);
  } finally {
    req.off('error', broken);
    if (decoder !== undefined) {
      req.unpipe(decoder);
      decoder.destroy();
    }
  }
  return Buffer.concat(chunks);
}

const BROKEN_OFF = 'request was aborted';
const MISMATCH = 'request body does not match its content encoding';

function refuse(message: string, cause: unknown): HttpError {
  return new HttpError(400, 'INVALID_ARGUMENT', message, { cause });
}

function tooLarge(): HttpError {
  return new HttpError(413, 'INVALID_ARGUMENT', 'request body is larger than 1 MiB');
}
