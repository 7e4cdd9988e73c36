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
 *
 * Returns what closes the connections that have said nothing yet, which the server does not know: call it with the server's
 * own `closeAllConnections`.
 */
export function acceptSecure(server: Server, key: string): () => void {
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
  const silent = new Set<Socket>();
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    awaitFirstByte(socket, silent, (isTls) => {
      if (isTls) secured.emit('connection', socket);
      else serve(socket);
    });
  });
  return () => {
    for (const socket of silent) socket.destroy();
  };
}

/** Calls `decide` once the first bytes are there, which stay unread. The socket is in `silent` until then. */
function awaitFirstByte(
  socket: Socket,
  silent: Set<Socket>,
  decide: (isTls: boolean) => void,
): void {
  const leave = (): void => {
    socket.destroy();
  };
  silent.add(socket);
  socket.once('close', () => silent.delete(socket));
  // A connection may break before it is handed over.
  socket.on('error', leave);
  socket.setTimeout(FIRST_WORD_MS, leave);
  socket.once('data', (first: Buffer) => {
    silent.delete(socket);
    socket.off('error', leave);
    socket.off('timeout', leave);
    socket.setTimeout(0);
    socket.pause();
    socket.unshift(first);
    const isTls = first[0] === TLS_HANDSHAKE;
    decide(isTls);
    if (!isTls) socket.resume();
  });
}
