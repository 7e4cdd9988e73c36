import type { Response } from 'express';

/**
 * Aborts when the client disconnects before its response is complete, so that the work for it can
 * stop.
 */
export function clientGone(res: Pick<Response, 'once' | 'writableEnded'>): AbortSignal {
  const gone = new AbortController();
  res.once('close', () => {
    if (!res.writableEnded) gone.abort();
  });
  return gone.signal;
}

/** Whether a response failed because its client disconnected. This is not an error of the API. */
export function isClientGone(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error.name === 'AbortError' || ('code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')
  );
}
