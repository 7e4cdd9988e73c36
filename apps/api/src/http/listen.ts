import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { answerBrokenRequests } from './answer-broken-requests.ts';

/** Longer than the usual proxy keeps an idle connection, so that it is never us who hang up under a request. */
const KEEP_ALIVE_MS = 65_000;

/** How long a request may take to arrive: a large upload on a slow line. Headers have Node's own minute. */
const REQUEST_TIMEOUT_MS = 3_600_000;

/**
 * Listens, and answers once it does.
 * Throws what the system said when it cannot, EADDRINUSE above all. The handler gets what Node would answer by itself with
 * a bare status, too: a request without Host, and one that expects something else than to continue.
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
