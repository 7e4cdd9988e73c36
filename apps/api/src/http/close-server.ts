import type { Server } from 'node:http';

/** Interval at which idle connections are looked for and closed. */
const IDLE_EVERY_MS = 50;

/**
 * Stops accepting connections, lets requests in progress finish for `graceMs`, then closes the
 * remaining connections. An idle keep-alive connection does not delay the close.
 */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_EVERY_MS);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}
