import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { coerceError, type Logger } from '@rat/runtime';
import type { Registry } from 'prom-client';

/** A scraper sends a short head. */
const HEADERS_TIMEOUT_MS = 5_000;

/** A port that answers only `GET /metrics`. */
export interface MetricsPort {
  port: number;
  close(): Promise<void>;
}

/**
 * Serves a registry at `/metrics`. For a process without an HTTP API of its own. The metrics name no
 * pipeline and hold no data, so the port needs no sign-in; it belongs on loopback or into a
 * private network. Throws when the port cannot be opened.
 *
 * @example
 * const served = await serveMetrics({ registry, host: '127.0.0.1', port: 9464, log });
 * await served.close();
 */
export async function serveMetrics(options: {
  registry: Registry;
  host: string;
  port: number;
  log: Logger;
}): Promise<MetricsPort> {
  const { registry, log } = options;
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS }, (req, res) => {
    const path = req.url?.split('?')[0];
    if (path !== '/metrics' || (req.method !== 'GET' && req.method !== 'HEAD')) {
      res.writeHead(404, { 'Content-Type': 'text/plain' }).end('only GET /metrics is here\n');
      return;
    }
    registry.metrics().then(
      (text) => res.writeHead(200, { 'Content-Type': registry.contentType }).end(text),
      (error: unknown) => {
        log.error({ err: coerceError(error) }, 'metrics not served');
        res.writeHead(500, { 'Content-Type': 'text/plain' }).end('metrics could not be read\n');
      },
    );
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
