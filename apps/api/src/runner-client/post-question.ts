import type { RunnerEndpoint } from '@rat/store';

/**
 * POSTs a request to a runner. Rejects like `fetch`; the signal also aborts reading the response.
 */
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

/** Longer than the maximum time of a query, so the runner's own limit applies first. */
export const ANSWER_TIMEOUT_MS = 270_000;
