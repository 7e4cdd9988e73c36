import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { answerBrokenRequests } from './answer-broken-requests.ts';

/**
 * Longer than a usual proxy keeps an idle connection. The proxy closes it first, so the API never
 * closes a connection on which a request is just arriving.
 */
const KEEP_ALIVE_MS = 65_000;

/**
 * Time limit for a complete request. It allows a large upload on a slow line; Node limits the
 * headers to one minute.
 */
const REQUEST_TIMEOUT_MS = 3_600_000;

/**
 * Starts the server and resolves once it listens. Rejects with the system's error, such as
 * EADDRINUSE. The app also handles two kinds of requests that Node would answer with a bare status:
 * one without Host, and one whose `Expect` is not `100-continue`.
 */
export async function listen(
  handler: RequestListener,
  address: { host: string; port: number },
): Promise<Server> {
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      requireHostHeader: false,
    },
    handler,
  );
  server.on('checkExpectation', handler);
  answerBrokenRequests(server);
  server.listen(address.port, address.host);
  await once(server, 'listening');
  return server;
}
