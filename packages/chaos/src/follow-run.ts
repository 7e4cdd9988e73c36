import { setTimeout as pause } from 'node:timers/promises';
import { IntegrityError, RatClient } from '@rat/client';
import type { Random } from './random.ts';

/** The events that a client received from a run's stream, over any number of connections. */
export interface Followed {
  /** In order. Leaves out `end`, and `error`, which shares the seq of the status event after it. */
  seqs: number[];
  /** The data of the `status` events. */
  statuses: string[];
  /** Whether the server sent `end`. */
  ended: boolean;
  /** What is wrong with the lines that arrived, by their checksum. */
  damage?: string;
}

/** A blackholed stream is silent; a live one sends a heartbeat every 15 s. */
const SILENCE_MS = 20_000;

/**
 * Follows a run's stream to its end, at another replica whenever a connection breaks.
 */
export async function followRun(
  doors: readonly { url: string }[],
  runId: string,
  { random, signal }: { random: Random; signal: AbortSignal },
): Promise<Followed> {
  const followed: Followed = { seqs: [], statuses: [], ended: false };
  let door = random.between(0, doors.length - 1);
  const baseUrl = (): string => doors[door++ % doors.length]?.url ?? '';
  const rat = new RatClient({ baseUrl });
  const options = { signal, silenceMs: SILENCE_MS, giveUpAfterMs: Number.POSITIVE_INFINITY };
  while (!followed.ended && !signal.aborted) {
    try {
      const after = followed.seqs.at(-1)?.toString();
      for await (const { id, event, data } of rat.runs.events(runId, { after }, options)) {
        if (event === 'end' || event === 'error') continue;
        followed.seqs.push(Number(id));
        if (event === 'status') followed.statuses.push(data.status);
      }
      followed.ended = true;
    } catch (error) {
      if (error instanceof IntegrityError) return { ...followed, damage: error.message };
      // The next connection resumes after the last event.
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
  const faults: string[] = followed.damage === undefined ? [] : [followed.damage];
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
