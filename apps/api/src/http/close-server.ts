import type { Server } from 'node:http';

/** How often connections that have just become idle are looked for. */
const IDLE_EVERY_MS = 50;

/**
 * Takes no more connections, lets those at work finish for `graceMs`, and cuts what is left. A connection that is kept
 * alive without a request holds nothing up.
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
