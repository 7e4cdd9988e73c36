import { once } from 'node:events';
import type { Response } from 'express';
import { findCaller } from './caller.ts';

/**
 * Interval of heartbeats on a quiet stream. Proxies close an idle connection after about a minute.
 */
const HEARTBEAT_MS = 15_000;

/** Time limit for a client to read one piece. A slow client gets a new limit with every piece. */
const DRAIN_TIMEOUT_MS = 30_000;

/**
 * Size of a piece. Most writes fit into one, and a slow client can read it within the drain
 * timeout.
 */
const PIECE_BYTES = 65_536;

/** How long a stream whose right has ended may take to end in order. */
const LEAVE_MS = 1_000;

/** An open event stream to one client. */
export interface SseStream {
  /** Aborts when the client disconnects, or is disconnected because it does not read. */
  readonly gone: AbortSignal;
  /**
   * Aborts when the stream must end: the client is gone, the stream has reached its maximum age, or the right of the
   * client to it has ended.
   */
  readonly over: AbortSignal;
  /**
   * Writes frames. Pass many frames at once: each write costs a system call. Resolves when the
   * client has read enough (back-pressure), so no frames queue up in memory.
   */
  send(frames: string | Uint8Array): Promise<void>;
  /** Ends the response and stops the heartbeat. */
  end(): void;
}

/**
 * Opens an event stream on `res`. Its first line sets the browser's reconnection delay. The delay
 * is random, so that the clients of a failed server do not all reconnect at once.
 *
 * @example
 * const sse = openSse(res, { maxAgeMs: 60_000 });
 * await sse.send(sseFrame({ id: 1, event: 'status', data: '{}' }));
 * sse.end();
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
  // This write also sends the headers: a client can then see that the stream is open before its
  // first event.
  res.write(`retry: ${2_000 + Math.floor(Math.random() * 3_000)}\n\n`);

  const heartbeat = setInterval(() => {
    // A heartbeat is of no use to a client that does not read.
    if (!res.writableNeedDrain) res.write(':\n\n');
  }, options.heartbeatMs ?? HEARTBEAT_MS);
  const { maxAgeMs } = options;
  const ageing = maxAgeMs === undefined ? undefined : setTimeout(() => over.abort(), maxAgeMs);
  let cutting: NodeJS.Timeout | undefined;
  const unwatch = findCaller(res.req)?.onRightEnded(() => {
    over.abort();
    // A client that does not read keeps the stream from ending in order.
    cutting = setTimeout(() => res.destroy(), LEAVE_MS);
  });
  const leave = (): void => {
    unwatch?.();
    clearTimeout(cutting);
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

/**
 * Waits until the client has read the written bytes. Resolves to false after `ms`, and to true when
 * it reads or disconnects.
 */
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

/** The wire format of one event. A line break inside `data` reaches the client as a line feed. */
export function sseFrame(event: { id: number | string; event: string; data: string }): string {
  const { id, event: name, data } = event;
  const lines = LINE_BREAK.test(data) ? data.replaceAll(LINE_BREAKS, '\ndata: ') : data;
  return `id: ${id}\nevent: ${name}\ndata: ${lines}\n\n`;
}

/** An id without an event: moves the place at which the client resumes. */
export function sseId(id: string): string {
  return `id: ${id}\n\n`;
}
