import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a receiver was sent. */
export interface Received {
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
}

/** A real HTTP server that keeps the JSON that it is sent, such as a collector of traces. */
export interface Receiver {
  url: string;
  received: Received[];
  /** The status of its answers; 200 at first. */
  answerWith: (status: number) => void;
  close: () => Promise<void>;
}

/** Opens a receiver at a free port of loopback. */
export async function openReceiver(port = 0): Promise<Receiver> {
  const received: Received[] = [];
  let status = 200;
  const server = createServer((req, res) => {
    const pieces: Buffer[] = [];
    req.on('data', (piece: Buffer) => pieces.push(piece));
    req.on('end', () => {
      const text = Buffer.concat(pieces).toString();
      if (status === 200) {
        const { url: path = '', headers } = req;
        received.push({ path, headers, body: JSON.parse(text) });
      }
      res.writeHead(status, { 'Content-Type': 'application/json' }).end('{}');
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answerWith: (next) => (status = next),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
