import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import { CHANNEL_IDENTITY, CHANNEL_TLS } from '@rat/contracts';

/** The first byte of every TLS connection. No method of HTTP begins with it. */
const TLS_HANDSHAKE = 0x16;

/** How long a connection may say nothing, and how long a handshake may take. */
const FIRST_WORD_MS = 10_000;

/**
 * Lets an HTTP server take connections that are secured by `key` beside plain ones, at the same port. An API of an older
 * version sends plain HTTP. A TLS client without the key gets no further than the handshake.
 */
export function acceptSecure(server: Server, key: string): void {
  const listeners = server.listeners('connection');
  const serve = (socket: Socket): void => {
    for (const listener of listeners) listener.call(server, socket);
  };
  const secured = createServer(
    {
      ...CHANNEL_TLS,
      pskCallback: (_socket, identity) => (identity === CHANNEL_IDENTITY ? Buffer.from(key) : null),
      handshakeTimeout: FIRST_WORD_MS,
    },
    serve,
  );
  // Strangers fail here all the time, and Node has closed their connection.
  secured.on('tlsClientError', () => undefined);
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const leave = (): void => {
      socket.destroy();
    };
    // A connection may break before it is handed over.
    socket.on('error', leave);
    socket.setTimeout(FIRST_WORD_MS, leave);
    socket.once('data', (first: Buffer) => {
      socket.off('error', leave);
      socket.off('timeout', leave);
      socket.setTimeout(0);
      socket.pause();
      socket.unshift(first);
      if (first[0] === TLS_HANDSHAKE) {
        secured.emit('connection', socket);
        return;
      }
      serve(socket);
      socket.resume();
    });
    server.once('close', leave);
    socket.once('close', () => server.off('close', leave));
  });
}
