import type { RunnerEndpoint } from '@rat/store';

/**
 * POSTs a request to a runner. Rejects like `fetch`; the signal also aborts reading the response.
 */
export function postRequest(
  endpoint: RunnerEndpoint,
  method: string,
  request: object,
  signal: AbortSignal,
): Promise<Response> {
  return fetch(`${endpoint.url}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${endpoint.key}` },
    body: JSON.stringify(request),
    signal,
  });
}

/** Longer than the maximum time of a query, so the runner's own limit applies first. */
export const ANSWER_TIMEOUT_MS = 270_000;
