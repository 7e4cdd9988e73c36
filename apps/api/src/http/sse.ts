import { once } from 'node:events';
import type { Response } from 'express';

/** The time between signs of life on a stream that has nothing to say; proxies give up after a minute or so. */
const HEARTBEAT_MS = 15_000;

/** How long a client may read nothing at all while there is something to read. */
const DRAIN_TIMEOUT_MS = 30_000;

/** Frames are gathered up to this many characters before they are written. */
const CHUNK_LENGTH = 16_384;

/** An open event stream to one client. */
export interface SseStream {
  /** Aborts when the client is gone, or was cut off because it does not read. */
  readonly gone: AbortSignal;
  /** Aborts when nothing more is to be sent: the client is gone, or the stream as old as it may get. */
  readonly over: AbortSignal;
  /** Takes one frame; waits while the client reads slower than we write, so that nothing piles up here. */
  send(frame: string): Promise<void>;
  /** Hands over what `send` has gathered. */
  flush(): Promise<void>;
  /** Ends the stream in order. */
  end(): void;
}

/**
 * Opens an event stream on `res`. Its first line tells a browser how long to wait before it comes back, a little
 * different for each, so that the clients of a server that died do not all come at once.
 */
export function openSse(
  res: Response,
  options: { heartbeatMs?: number; drainTimeoutMs?: number; maxAgeMs?: number } = {},
): SseStream {
  const gone = new AbortController();
  const over = new AbortController();
  let gathered = `retry: ${2_000 + Math.floor(Math.random() * 3_000)}\n\n`;

  res.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
  });
  res.socket?.setNoDelay(true);
  res.flushHeaders();

  const heartbeat = setInterval(() => {
    // A client that does not read needs no sign of life.
    if (!res.writableNeedDrain) res.write(':\n\n');
  }, options.heartbeatMs ?? HEARTBEAT_MS);
  const { maxAgeMs } = options;
  const ageing = maxAgeMs === undefined ? undefined : setTimeout(() => over.abort(), maxAgeMs);
  const leave = (): void => {
    clearInterval(heartbeat);
    clearTimeout(ageing);
    gone.abort();
    over.abort();
  };
  res.once('close', leave);
  if (res.closed || res.destroyed) leave();

  const flush = async (): Promise<void> => {
    const chunk = gathered;
    gathered = '';
    if (chunk === '' || gone.signal.aborted || res.write(chunk)) return;
    if (!(await drained(res, gone.signal, options.drainTimeoutMs ?? DRAIN_TIMEOUT_MS)))
      res.destroy();
  };
  return {
    gone: gone.signal,
    over: over.signal,
    send: async (frame) => {
      gathered += frame;
      if (gathered.length >= CHUNK_LENGTH) await flush();
    },
    flush,
    end: () => {
      clearInterval(heartbeat);
      clearTimeout(ageing);
      res.end(gathered);
    },
  };
}

/** Whether the client has read what was written, within `ms`; true also when it went away. */
async function drained(res: Response, gone: AbortSignal, ms: number): Promise<boolean> {
  const over = new AbortController();
  const giveUp = (): void => over.abort();
  const timer = setTimeout(giveUp, ms);
  gone.addEventListener('abort', giveUp, { once: true });
  try {
    await once(res, 'drain', { signal: over.signal });
    return true;
  } catch {
    return gone.aborted;
  } finally {
    clearTimeout(timer);
    gone.removeEventListener('abort', giveUp);
  }
}

/** One event as it goes over the wire. Line breaks inside `data` stay what they are. */
export function sseFrame(event: { id: number | string; event: string; data: string }): string {
  const lines = event.data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `id: ${event.id}\nevent: ${event.event}\n${lines.join('')}\n`;
}

/** Moves the place at which the client resumes, without an event. */
export function sseId(id: string): string {
  return `id: ${id}\n\n`;
}
