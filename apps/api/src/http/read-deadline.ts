import type { RequestHandler, Response } from 'express';

const READ_DEADLINE_MS = 60_000;

/**
 * Closes the connection of a client that reads nothing of a complete response for `ms`. Until then
 * the response is held in memory. An open event stream has its own drain timeout instead.
 */
export function readDeadline(ms: number = READ_DEADLINE_MS): RequestHandler {
  return (_req, res, next) => {
    res.once('prefinish', () => watchReading(res, ms));
    next();
  };
}

/**
 * Starts the deadline before the response is complete, for one that is written page by page. Node
 * counts bytes that leave the process as activity, so a client that reads slowly keeps its
 * connection.
 */
export function watchReading(res: Response, ms: number = READ_DEADLINE_MS): void {
  const { socket } = res;
  if (socket === null || res.writableFinished) return;
  const giveUp = (): void => {
    socket.destroy();
  };
  socket.setTimeout(ms);
  socket.once('timeout', giveUp);
  res.once('close', () => {
    socket.off('timeout', giveUp);
    // Node sets its own timeout for an idle connection, so only this one is removed.
    if (socket.timeout === ms) socket.setTimeout(0);
  });
}
