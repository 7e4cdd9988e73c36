import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { RunnerEndpoint } from '@rat/store';
import { openRequest } from './open-request.ts';

/**
 * POSTs a request to a runner, and resolves when its response begins. The signal also aborts reading the response.
 */
export async function postRequest(
  endpoint: RunnerEndpoint,
  method: string,
  request: object,
  signal: AbortSignal,
): Promise<Response> {
  signal.throwIfAborted();
  const body = Buffer.from(JSON.stringify(request));
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  const sent = openRequest(endpoint, method, { headers, signal });
  // An error after the response has begun belongs to the response; without a listener it would end the process.
  sent.on('error', () => undefined);
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return toWebResponse(response);
}

function toWebResponse(response: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(response.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  const { statusCode: status = 502 } = response;
  return new Response(Readable.toWeb(response) as ReadableStream<Uint8Array>, { status, headers });
}

/** Longer than the maximum time of a query, so the runner's own limit applies first. */
export const ANSWER_TIMEOUT_MS = 270_000;
