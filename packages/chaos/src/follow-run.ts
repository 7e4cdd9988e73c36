import { setTimeout as pause } from 'node:timers/promises';
import { openEventStream } from '@rat/testing';
import type { Random } from './random.ts';

/** The events that a client received from a run's stream, over any number of connections. */
export interface Followed {
  /** In order. Leaves out `end`, and `error`, which shares the seq of the status event after it. */
  seqs: number[];
  /** The data of the `status` events. */
  statuses: string[];
  /** Whether the server sent `end`. */
  ended: boolean;
}

/** A blackholed stream is silent; a live one sends a heartbeat every 15 s. */
const SILENCE_MS = 20_000;

/**
 * Follows a run's stream to its end, with `Last-Event-ID` and another replica whenever a connection
 * breaks.
 */
export async function followRun(
  doors: readonly { url: string }[],
  runId: string,
  { random, signal }: { random: Random; signal: AbortSignal },
): Promise<Followed> {
  const followed: Followed = { seqs: [], statuses: [], ended: false };
  let door = random.between(0, doors.length - 1);
  while (!followed.ended && !signal.aborted) {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), SILENCE_MS);
    try {
      const last = followed.seqs.at(-1);
      const stream = await openEventStream(`${doors[door]?.url}/api/v1/runs/${runId}/logs`, {
        ...(last === undefined ? {} : { lastEventId: String(last) }),
        signal: AbortSignal.any([signal, silence.signal]),
      });
      followed.ended = stream.status === 204;
      for await (const { id, event, data } of stream) {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE_MS);
        if (event === 'end') followed.ended = true;
        if (event === 'end' || event === 'error') continue;
        followed.seqs.push(Number(id));
        if (event === 'status') followed.statuses.push(statusIn(data));
      }
    } catch {
      // The next connection resumes where this one broke.
    } finally {
      clearTimeout(timer);
    }
    door = (door + 1) % doors.length;
    if (!followed.ended) {
      await pause(random.between(50, 400), undefined, { signal }).catch(() => undefined);
    }
  }
  return followed;
}

/**
 * The faults of a stream whose run ended with `status` and `lastSeq`; empty when there are none.
 */
export function findStreamFaults(
  followed: Followed,
  run: { status: string; lastSeq: number },
): string[] {
  const faults: string[] = [];
  const gap = followed.seqs.findIndex((seq, index) => seq !== index + 1);
  if (gap >= 0) faults.push(`event ${gap + 1} of a stream has seq ${followed.seqs[gap]}`);
  if (!followed.ended) faults.push('a stream did not end');
  else if (followed.seqs.length !== run.lastSeq)
    faults.push(`a stream ended after ${followed.seqs.length} of ${run.lastSeq} events`);
  const ends = followed.statuses.filter((status) => status !== 'pending' && status !== 'running');
  if (ends.length !== 1 || ends[0] !== run.status)
    faults.push(
      `a stream told the ends ${ends.join(', ') || 'none'} of a run that is ${run.status}`,
    );
  return faults;
}

function statusIn(data: string): string {
  const parsed: unknown = JSON.parse(data);
  return typeof parsed === 'object' && parsed !== null && 'status' in parsed
    ? String(parsed.status)
    : 'none';
}
