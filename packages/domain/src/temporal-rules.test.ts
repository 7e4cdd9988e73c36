import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decideFirings, decideOverlap, type ActiveRun, type Overlap } from './schedule.ts';

/*
 * The rules of Temporal's schedules as models of their own, written from its documentation and from
 * `ProcessBuffer` of its server. Ours are the same, but for what these tests name.
 */

/** A due time, or the end of the run that runs. */
type Happening = 'due' | 'end';

/** What became of each due time, by its number: which started, in which order, and which never did. */
interface Played {
  started: number[];
  skipped: number[];
}

const POLICIES = {
  skip: 'Skip',
  queue_one: 'BufferOne',
  queue: 'BufferAll',
  replace: 'CancelOther',
} as const satisfies Partial<Record<Overlap, string>>;
type Policy = keyof typeof POLICIES;

/** Ours: each due time is decided by the runs that are active, and runs wait in their line. */
function playOurs(policy: Policy, happenings: readonly Happening[]): Played {
  const played: Played = { started: [], skipped: [] };
  let active: ActiveRun[] = [];
  let n = 0;
  const startNext = (): void => {
    if (active.some(({ status }) => status === 'running')) return;
    const [next] = active;
    if (next === undefined) return;
    played.started.push(Number(next.id));
    active = active.map((run) => (run === next ? { ...run, status: 'running' } : run));
  };
  for (const happening of happenings) {
    if (happening === 'end') {
      active = active.filter(({ status }) => status !== 'running');
    } else {
      const id = String(n);
      n += 1;
      const decision = decideOverlap(policy, active);
      if (decision.kind === 'skip') played.skipped.push(Number(id));
      else {
        // `replace` cancels what waits; what runs counts until it has ended.
        const kept = active.filter(({ status }) => decision.kind === 'run' || status === 'running');
        const gone = active.filter((run) => !kept.includes(run));
        played.skipped.push(...gone.map((run) => Number(run.id)));
        active = [...kept, { id, status: 'pending' }];
      }
    }
    startNext();
  }
  return played;
}

/** Temporal's: a start is taken from a buffer when nothing runs, and the policy cuts the buffer. */
function playTemporal(policy: Policy, happenings: readonly Happening[]): Played {
  const played: Played = { started: [], skipped: [] };
  let isRunning = false;
  let buffer: number[] = [];
  let n = 0;
  for (const happening of happenings) {
    if (happening === 'end') isRunning = false;
    else {
      buffer.push(n);
      n += 1;
    }
    if (!isRunning) {
      const first = buffer.shift();
      if (first !== undefined) {
        played.started.push(first);
        isRunning = true;
      }
    }
    const kept = keptOf(policy, buffer);
    played.skipped.push(...buffer.filter((one) => !kept.includes(one)));
    buffer = kept;
  }
  return played;
}

function keptOf(policy: Policy, buffer: readonly number[]): number[] {
  switch (policy) {
    case 'skip':
      return [];
    case 'queue_one':
      return buffer.slice(0, 1);
    case 'queue':
      return [...buffer];
    case 'replace':
      return buffer.slice(-1);
  }
}

describe('overlap', () => {
  const happenings = fc.array(fc.constantFrom<Happening>('due', 'end'), { maxLength: 80 });
  test.each(Object.entries(POLICIES) as [Policy, string][])(
    'any sequence of due times and ends starts and skips under %s what it does under Temporal’s %s',
    (policy) => {
      fc.assert(
        fc.property(happenings, (sequence) => {
          expect(playOurs(policy, sequence)).toEqual(playTemporal(policy, sequence));
        }),
        { numRuns: 500 },
      );
    },
  );

  test('only a line of more than 100 differs: Temporal buffers further', () => {
    const sequence: Happening[] = Array.from({ length: 103 }, () => 'due');
    expect(playTemporal('queue', sequence).skipped).toEqual([]);
    expect(playOurs('queue', sequence).skipped).toEqual([101, 102]);
  });
});

/** Temporal fires every time that is at most its catch-up window late, and drops the others. */
function catchUpTemporal(times: readonly Date[], now: Date, windowMs: number): Date[] {
  return times.filter((time) => now.getTime() - time.getTime() <= windowMs);
}

describe('catch-up', () => {
  const now = new Date(1_800_000_000_000);
  const ages = fc.uniqueArray(fc.integer({ min: 0, max: 20_000 }), { maxLength: 30 });
  const timesOf = (seconds: readonly number[]): Date[] =>
    seconds.toSorted((a, b) => b - a).map((age) => new Date(now.getTime() - age * 1_000));

  test('with catch_up all, the same times fire as under Temporal for any window, and the others are counted', () => {
    fc.assert(
      fc.property(ages, fc.integer({ min: 60, max: 20_000 }), (seconds, window) => {
        const times = timesOf(seconds);
        const rules = { now, delayMs: 0, catchUp: 'all', windowMs: window * 1_000 } as const;
        const { fire, missed } = decideFirings({ times, earlier: undefined }, rules);
        expect(fire).toEqual(catchUpTemporal(times, now, window * 1_000));
        expect(fire.length + (missed?.count ?? 0)).toBe(times.length);
      }),
    );
  });

  test('the grace of a minute differs: a time within it fires under a shorter window too', () => {
    const times = timesOf([59]);
    const rules = { now, delayMs: 0, catchUp: 'all', windowMs: 10_000 } as const;
    expect(catchUpTemporal(times, now, 10_000)).toEqual([]);
    expect(decideFirings({ times, earlier: undefined }, rules).fire).toEqual(times);
  });

  test('the default differs: of late times only the newest fires, where Temporal fires all', () => {
    const times = timesOf([300, 200, 100]);
    const rules = { now, delayMs: 0, catchUp: 'latest', windowMs: 604_800_000 } as const;
    expect(catchUpTemporal(times, now, 365 * 86_400_000)).toEqual(times);
    expect(decideFirings({ times, earlier: undefined }, rules).fire).toEqual(times.slice(-1));
  });
});
