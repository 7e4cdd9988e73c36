import type { RunnerEndpoint } from '@rat/store';

/** POSTs a question to a runner. Rejects as `fetch` does; the signal also ends the reading of the answer. */
export function postQuestion(
  endpoint: RunnerEndpoint,
  verb: string,
  question: object,
  signal: AbortSignal,
): Promise<Response> {
  return fetch(`${endpoint.url}/${verb}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${endpoint.key}` },
    body: JSON.stringify(question),
    signal,
  });
}

/** Longer than a query may take at most; the runner's own limit ends it first. */
export const ANSWER_TIMEOUT_MS = 270_000;
