import { STATUS_CODES, type Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The status for an error code of Node's HTTP parser. */
const STATUSES: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function statusOf(code = ''): number {
  return STATUSES[code] ?? 400;
}

function bytesReadOf(socket: Duplex): number | undefined {
  return socket instanceof Socket ? socket.bytesRead : undefined;
}

/**
 * Answers bytes that are not HTTP with the error envelope. Node's parser rejects such a request, so
 * it never reaches the app.
 */
export function answerBrokenRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A connection that has sent nothing waits for no answer; thousands of them may be late at once.
    const isSilent = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && bytesReadOf(socket) === 0;
    if (error.code === 'ECONNRESET' || !socket.writable || isSilent) {
      socket.destroy();
      return;
    }
    const status = statusOf(error.code);
    const reason = STATUS_CODES[status] ?? '';
    const body = JSON.stringify({
      error: { code: 'INVALID_ARGUMENT', type: 'VALIDATION', message: reason.toLowerCase() },
    });
    socket.end(
      `HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });
}
