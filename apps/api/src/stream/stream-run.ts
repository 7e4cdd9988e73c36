import { coerceError, waitFor, type Logger } from '@rat/runtime';
import { isDatabaseDown } from '@rat/store';
import type { SseStream } from '../http/sse.ts';
import type { RunWatch } from './run-watch.ts';

/** How long a stream waits for Postgres to come back before it asks again. */
const OUTAGE_PAUSE_MS = 2_000;

/**
 * Sends a run's stream after `afterSeq` to one client, as fast as the client reads: the backlog, then what comes, until
 * the run's terminal status has been sent, the client is gone or the watch has ended. It pulls, so a slow client holds
 * one page and nothing queues up for it. Postgres out of reach is waited for; other errors are thrown.
 */
export async function streamRun(deps: {
  watch: RunWatch;
  sse: SseStream;
  afterSeq: number;
  log: Logger;
}): Promise<void> {
  const { watch, sse, log } = deps;
  let cursor = deps.afterSeq;
  while (!sse.gone.aborted && !watch.ended) {
    const version = watch.version;
    const frames = await watch.read(cursor).catch((error: unknown) => {
      if (!isDatabaseDown(error)) throw error;
      log.debug({ err: coerceError(error) }, 'stream waits for postgres');
      return undefined;
    });
    if (frames === undefined) {
      await waitFor(OUTAGE_PAUSE_MS, sse.gone);
      continue;
    }
    for (const frame of frames) {
      if (sse.gone.aborted) return;
      await sse.send(frame.text);
      cursor = frame.seq;
    }
    await sse.flush();
    if (frames.at(-1)?.isLast) return;
    if (frames.length === 0) await watch.changed(version, sse.gone);
  }
}
