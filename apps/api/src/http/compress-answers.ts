import compression from 'compression';
import type { RequestHandler, Response } from 'express';
import { watchReading } from './read-deadline.ts';

/** Smaller answers fit a few packets in any case. */
const LEAST_BYTES = 16 * 1024;

/**
 * Texts that have an end. The events of a stream without an end would wait in the compressor. Parquet
 * and Arrow are compressed in themselves.
 */
const COMPRESSED = /^(?:text\/(?!event-stream)|application\/(?:json|x-ndjson|yaml)\b)/;

/** The middleware and a piped log have 11 listeners on one event; Node warns above 10. */
const MOST_LISTENERS = 20;

/**
 * Compresses answers of `LEAST_BYTES` or more, and those of unknown length such as logs, for clients
 * whose `Accept-Encoding` allows it. zlib works on threads of its own.
 */
export function compressAnswers(): RequestHandler {
  const compress = compression({
    threshold: LEAST_BYTES,
    filter: (_req, res) => {
      if (!COMPRESSED.test(String(res.getHeader('Content-Type')))) return false;
      // A compressed response ends only after its client has read it, so the deadline starts here.
      watchReading(res);
      return true;
    },
  });
  return (req, res, next) => {
    res.setMaxListeners(MOST_LISTENERS);
    compress(req, res, next);
  };
}

/**
 * Sends the headers of a stream that may be compressed. The compressor holds the first bytes back, and
 * a stream that breaks off before them would look to its client as if there were no answer at all.
 */
export function beginStream(res: Response): void {
  const length = res.getHeader('Content-Length');
  if (length === undefined || Number(length) >= LEAST_BYTES) res.flushHeaders();
}
