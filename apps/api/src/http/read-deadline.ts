import type { RequestHandler, Response } from 'express';

const READ_DEADLINE_MS = 60_000;

/**
 * Closes the connection of a client that reads nothing of a complete answer for `ms`. Until then the answer is held in
 * memory. An event stream has a rule of its own while it is open.
 */
export function readDeadline(ms: number = READ_DEADLINE_MS): RequestHandler {
  return (_req, res, next) => {
    res.once('prefinish', () => watchReading(res, ms));
    next();
  };
}

/**
 * Starts the rule before the answer is complete: for one that is written page by page. Node counts bytes that leave the
 * process as activity, so a client that reads slowly keeps its connection.
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
    // Node sets its own limit for an idle connection; only ours is taken back.
    if (socket.timeout === ms) socket.setTimeout(0);
  });
}
