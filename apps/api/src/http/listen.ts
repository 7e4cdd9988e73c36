import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { answerBrokenRequests } from './answer-broken-requests.ts';

/**
 * Longer than a usual proxy keeps an idle connection. The proxy closes it first, so the API never
 * closes a connection on which a request is just arriving.
 */
const KEEP_ALIVE_MS = 65_000;

/** Time limit for a complete request. It allows a large upload on a slow line; other bodies have a deadline of their own. */
const REQUEST_TIMEOUT_MS = 3_600_000;

/** Limits of connections and of the heads of requests. */
export interface ConnectionLimits {
  /** The most bytes of a request line with its headers; more are a 431. */
  headerBytes: number;
  /** The time for them to arrive, from the first byte or the opening of the connection on; later they are a 408. */
  headerMs: number;
  /** Further connections are closed at once. */
  connections: number;
}

export const DEFAULT_LIMITS: ConnectionLimits = {
  headerBytes: 16 * 1024,
  headerMs: 20_000,
  connections: 10_000,
};

/**
 * Late headers are looked for this often. Node's own 30 s would more than double the time that a silent client has, and
 * the more connections are late at once, the longer is the API's thread busy with closing them.
 */
const LOOK_MS = 250;

/**
 * Starts the server and resolves once it listens. Rejects with the system's error, such as
 * EADDRINUSE. The app also handles two kinds of requests that Node would answer with a bare status:
 * one without Host, and one whose `Expect` is not `100-continue`.
 */
export async function listen(
  handler: RequestListener,
  address: { host: string; port: number },
  { headerBytes, headerMs, connections }: ConnectionLimits = DEFAULT_LIMITS,
): Promise<Server> {
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: headerMs,
      connectionsCheckingInterval: Math.min(LOOK_MS, headerMs),
      maxHeaderSize: headerBytes,
      requireHostHeader: false,
    },
    handler,
  );
  server.maxConnections = connections;
  server.on('checkExpectation', handler);
  answerBrokenRequests(server);
  server.listen(address.port, address.host);
  await once(server, 'listening');
  return server;
}
