import type { IncomingMessage } from 'node:http';
import type { RequestHandler, Response } from 'express';

const MIB = 1024 * 1024;

/** Up to this length, the rest of a refused body is read to its end, and the connection serves the next request. */
const SMALL_BYTES = MIB;

/**
 * What is still read of a larger body, and for how long, after its refusal was sent. A connection that is closed while
 * bytes arrive is reset, and a client that sends all before it reads would lose the refusal.
 */
const LINGER_BYTES = 16 * MIB;
const LINGER_MS = 5_000;
const LOOK_MS = 20;

/** Whether much of the body may still arrive. */
export function hasLongRest(req: IncomingMessage): boolean {
  if (req.complete) return false;
  const { 'transfer-encoding': transfer, 'content-length': length = '0' } = req.headers;
  return transfer !== undefined || Number(length) > SMALL_BYTES;
}

/**
 * Ends a connection whose request is answered before its body has arrived, when the answer says `Connection: close`: no
 * more is sent, the rest of the body is thrown away for a short time, then the connection is closed.
 */
export function lingerOnUnreadBody(): RequestHandler {
  return (req, res, next) => {
    res.once('prefinish', () => {
      if (!req.complete && isLastOf(res)) linger(req);
    });
    next();
  };
}

function isLastOf(res: Response): boolean {
  return res.getHeader('Connection') === 'close' || !res.shouldKeepAlive;
}

function linger({ socket }: IncomingMessage): void {
  // Node calls this when the answer is sent, and would close the connection in both directions.
  socket.destroySoon = () => {
    socket.end();
  };
  const most = socket.bytesRead + LINGER_BYTES;
  const looking = setInterval(() => {
    if (socket.bytesRead > most) socket.destroy();
  }, LOOK_MS);
  const over = setTimeout(() => socket.destroy(), LINGER_MS);
  // A stopping process waits for its connections, not for these timers.
  looking.unref();
  over.unref();
  socket.once('close', () => {
    clearInterval(looking);
    clearTimeout(over);
  });
}
