import type { Response } from 'express';

/** Aborts when the client hangs up before it was answered, so that nobody works on for it. */
export function clientGone(res: Pick<Response, 'once' | 'writableEnded'>): AbortSignal {
  const gone = new AbortController();
  res.once('close', () => {
    if (!res.writableEnded) gone.abort();
  });
  return gone.signal;
}

/** Whether an answer broke off because its client left, which is no fault of ours. */
export function isClientGone(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error.name === 'AbortError' || ('code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')
  );
}
