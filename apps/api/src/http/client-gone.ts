import type { Response } from 'express';

/** Aborts when the client hangs up before it was answered, so that nobody works on for it. */
export function clientGone(res: Pick<Response, 'once' | 'writableEnded'>): AbortSignal {
  const gone = new AbortController();
  res.once('close', () => {
    if (!res.writableEnded) gone.abort();
  });
  return gone.signal;
}
