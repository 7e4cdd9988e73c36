import { once } from 'node:events';
import type { Response } from 'express';

/** The time between signs of life on a stream that has nothing to say; proxies give up after a minute or so. */
const HEARTBEAT_MS = 15_000;

/** How long a client may take for one piece; one that reads, however slowly, gets on from piece to piece. */
const DRAIN_TIMEOUT_MS = 30_000;

/** More than comes at a time but from a busy run, and little enough for a slow client's half minute. */
const PIECE_BYTES = 65_536;

/** An open event stream to one client. */
export interface SseStream {
  /** Aborts when the client is gone, or was cut off because it does not read. */
  readonly gone: AbortSignal;
  /** Aborts when nothing more is to be sent: the client is gone, or the stream as old as it may get. */
  readonly over: AbortSignal;
  /**
   * Writes frames, best as many at once as there are: each write is dear. Waits while the client reads slower than we
   * write, so that nothing piles up here.
   */
  send(frames: string | Uint8Array): Promise<void>;
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

  res.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
  });
  res.socket?.setNoDelay(true);
  // The headers go with it: nobody waits for a first event to learn that the stream is open.
  res.write(`retry: ${2_000 + Math.floor(Math.random() * 3_000)}\n\n`);

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

  return {
    gone: gone.signal,
    over: over.signal,
    send: async (frames) => {
      const bytes = typeof frames === 'string' ? Buffer.from(frames) : frames;
      for (let at = 0; at < bytes.length && !gone.signal.aborted; at += PIECE_BYTES) {
        if (res.write(bytes.subarray(at, at + PIECE_BYTES))) continue;
        if (!(await drained(res, gone.signal, options.drainTimeoutMs ?? DRAIN_TIMEOUT_MS)))
          res.destroy();
      }
    },
    end: () => {
      clearInterval(heartbeat);
      clearTimeout(ageing);
      res.end();
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

const LINE_BREAK = /[\r\n]/;
const LINE_BREAKS = /\r\n|\r|\n/g;

/** One event as it goes over the wire. Line breaks inside `data` stay what they are. */
export function sseFrame(event: { id: number | string; event: string; data: string }): string {
  const { id, event: name, data } = event;
  const lines = LINE_BREAK.test(data) ? data.replaceAll(LINE_BREAKS, '\ndata: ') : data;
  return `id: ${id}\nevent: ${name}\ndata: ${lines}\n\n`;
}

/** Moves the place at which the client resumes, without an event. */
export function sseId(id: string): string {
  return `id: ${id}\n\n`;
}
