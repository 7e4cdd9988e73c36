import { isErrorBody } from './upload-outcome.ts';
import type { UploadOutcome } from './upload-outcome.ts';

/** The place of a file. */
export interface UploadTarget {
  namespace: string;
  zone: string;
  name: string;
  isReplacing: boolean;
}

/**
 * Sends one file, and reports how many bytes have left. `fetch` does not report that, so this is the one request of the console that
 * does not go through the client. Resolves with the outcome, also of a refusal; `signal` ends it.
 */
export function sendFile(
  file: Blob,
  target: UploadTarget,
  options: { onProgress: (sent: number) => void; signal: AbortSignal },
): Promise<UploadOutcome> {
  const { namespace, zone, name, isReplacing } = target;
  const query = new URLSearchParams({ name, ...(isReplacing ? { replace: 'true' } : {}) });
  const path = `/api/v1/landing-zones/${encodeURIComponent(namespace)}/${encodeURIComponent(zone)}/files`;
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const cancel = (): void => request.abort();
    request.upload.addEventListener('progress', ({ loaded }) => options.onProgress(loaded));
    request.addEventListener('load', () => resolve(readOutcome(request)));
    request.addEventListener('error', () =>
      resolve({ kind: 'failed', message: 'the connection to the API was lost' }),
    );
    request.addEventListener('abort', () => resolve({ kind: 'cancelled' }));
    request.addEventListener('loadend', () => options.signal.removeEventListener('abort', cancel));
    options.signal.addEventListener('abort', cancel);
    request.open('POST', `${path}?${query}`);
    request.setRequestHeader('accept', 'application/json');
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.send(file);
  });
}

function readOutcome({ status, responseText }: XMLHttpRequest): UploadOutcome {
  if (status === 201) return { kind: 'done' };
  let body: unknown;
  try {
    body = JSON.parse(responseText);
  } catch {
    body = undefined;
  }
  const message = isErrorBody(body) ? body.error.message : `the API answered ${status}`;
  return status === 409
    ? { kind: 'taken', message }
    : { kind: 'failed', message, isSignedOut: status === 401 };
}
