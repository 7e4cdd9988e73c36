import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** How the API ended one hostile connection. */
export interface Refusal {
  /** Of its answer; `closed`: it closed the connection without one. */
  answer: string;
  /** From the opening of the connection until its end. */
  ms: number;
}

/**
 * Opens a connection, lets `attack` write to it, and resolves when the API has closed it. `attack` stops when its signal
 * aborts.
 */
export async function untilRefused(
  port: number,
  attack: (socket: Socket, signal: AbortSignal) => Promise<unknown> | void,
): Promise<Refusal> {
  const began = performance.now();
  const socket = connect(port, '127.0.0.1');
  const over = new AbortController();
  let head = '';
  socket.on('data', (chunk) => {
    if (head.length < 100) head += String(chunk);
  });
  // The API closes connections on which this program still writes.
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      over.abort();
      resolve();
    });
  });
  await Promise.race([once(socket, 'connect').catch(() => undefined), closed]);
  void Promise.resolve(attack(socket, over.signal)).catch(() => undefined);
  await closed;
  const answer = /^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 'closed';
  return { answer, ms: performance.now() - began };
}

/** Writes one chunk after the other for as long as the connection takes them. */
export async function pour(
  socket: Socket,
  { chunk, bytes }: { chunk: Buffer; bytes: number },
  signal: AbortSignal,
): Promise<void> {
  for (let sent = 0; sent < bytes && !signal.aborted; sent += chunk.length) {
    if (!socket.write(chunk)) await once(socket, 'drain', { signal });
  }
}
