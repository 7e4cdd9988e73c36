import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ScheduleSettings } from '@rat/domain';
import {
  fireSchedules,
  pauseSchedule,
  putSchedule,
  resumeSchedule,
  type Database,
} from '@rat/store';
import { openStoreFixture, ORDERS, testWishes, type StoreFixture } from '@rat/testing';
import { EVERY_MINUTE } from '../test/schedule-lab.ts';
import fc from 'fast-check';
import { planFirings } from './plan-firings.ts';

/** A rhythm that is the same a minute later, and the times of it, said once more. */
interface Beat {
  rhythm: ScheduleSettings['rhythm'];
  everyMs: number;
  offsetMs: number;
}

const BEATS: Beat[] = [
  {
    rhythm: { kind: 'interval', everySeconds: 10, offsetSeconds: 0 },
    everyMs: 10_000,
    offsetMs: 0,
  },
  {
    rhythm: { kind: 'interval', everySeconds: 30, offsetSeconds: 7 },
    everyMs: 30_000,
    offsetMs: 7_000,
  },
  { rhythm: { kind: 'cron', cron: '*/20 * * * * *' }, everyMs: 20_000, offsetMs: 0 },
  { rhythm: { kind: 'cron', cron: '15 * * * * *' }, everyMs: 60_000, offsetMs: 15_000 },
];

const SETTINGS: ScheduleSettings = { ...EVERY_MINUTE, timezone: 'Europe/Berlin' };

/** How one schedule decides; the window keeps `all` at a few runs. */
const MANNERS: Partial<ScheduleSettings>[] = [
  { catchUp: 'latest' },
  { catchUp: 'none' },
  { catchUp: 'all', catchUpWindowSeconds: 300 },
  { catchUp: 'all', catchUpWindowSeconds: 300, overlap: 'skip' },
  { catchUp: 'latest', overlap: 'queue_one', jitterSeconds: 10 },
];

let fixture: StoreFixture;
let db: Database;
beforeAll(async () => {
  fixture = await openStoreFixture();
  db = fixture.db;
});
afterAll(() => fixture.close());

/** The nominal times after one instant, up to another. */
function timesOf({ everyMs, offsetMs }: Beat, after: number, until: number): number[] {
  const times: number[] = [];
  let time = (Math.floor((after - offsetMs) / everyMs) + 1) * everyMs + offsetMs;
  for (; time <= until; time += everyMs) times.push(time);
  return times;
}

/**
 * No process is there for a while. The world becomes older, because the statements read the clock of the
 * database: all times of the schedules move back. The firings of before have been checked.
 */
async function beAwayFor(minutes: number): Promise<void> {
  await db.pool.query('DELETE FROM firings');
  await db.pool.query(
    `UPDATE schedules SET
       decided_until = decided_until - $1::int * interval '1 minute',
       next_for = next_for - $1::int * interval '1 minute',
       fire_at = fire_at - $1::int * interval '1 minute',
       paused_at = paused_at - $1::int * interval '1 minute'`,
    [minutes],
  );
}

interface State {
  id: string;
  decided: number;
  isPaused: boolean;
}

async function readState(name: string): Promise<State> {
  const { rows } = await db.pool.query<{ id: string; decided_until: Date; is_paused: boolean }>(
    `SELECT id::text, decided_until, paused_at IS NOT NULL AS is_paused FROM schedules WHERE name = $1`,
    [name],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the schedule is gone');
  return {
    id: row.id,
    decided: row.decided_until.getTime(),
    isPaused: row.is_paused,
  };
}

async function readClock(): Promise<number> {
  const { rows } = await db.pool.query<{ at: Date }>('SELECT now() AS at');
  return rows[0]?.at.getTime() ?? 0;
}

/** A firing, and the nominal times that it is about. */
interface FiringRow {
  id: string;
  outcome: string;
  first: number;
  last: number;
  count: number;
  runs: number;
}

async function readFirings(id: string): Promise<FiringRow[]> {
  const { rows } = await db.pool.query<
    Omit<FiringRow, 'first' | 'last'> & { at: Date; until: Date }
  >(
    `SELECT f.id::text, f.outcome, f.scheduled_for AS at,
       coalesce(f.scheduled_until, f.scheduled_for) AS until, f.count,
       (SELECT count(*)::int FROM runs r WHERE r.firing_id = f.id) AS runs
     FROM firings f WHERE f.source_id = $1 ORDER BY f.position`,
    [id],
  );
  return rows.map(({ at, until, ...row }) => ({
    ...row,
    first: at.getTime(),
    last: until.getTime(),
  }));
}

/** The nominal times of `beat` that firings are about beyond those of `seen`, ascending. Each `run` has one run. */
async function readDecided(id: string, beat: Beat, seen: readonly FiringRow[]): Promise<number[]> {
  const decided: number[] = [];
  for (const row of await readFirings(id)) {
    expect(row.runs).toBe(row.outcome === 'run' ? 1 : 0);
    // A skip may be folded into an earlier firing, also one of an earlier beat.
    const earlier = seen.find((one) => one.id === row.id);
    const times = timesOf(beat, earlier?.last ?? row.first - 1, row.last);
    expect(times.length).toBe(row.count - (earlier?.count ?? 0));
    if (earlier === undefined) expect(times[0]).toBe(row.first);
    decided.push(...times);
  }
  return decided.toSorted((a, b) => a - b);
}

type Step =
  | { kind: 'away'; minutes: number }
  | { kind: 'turn' }
  | { kind: 'pause' }
  | { kind: 'resume'; catchesUp: boolean }
  | { kind: 'edit'; beat: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('away'), minutes: fc.integer({ min: 1, max: 9 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('away'), minutes: fc.constantFrom(60, 4_320) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('turn') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pause') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('resume'), catchesUp: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('edit'), beat: fc.nat(BEATS.length - 1) }),
  },
);

/** Does a step, and compares what was decided with the nominal times that it had to decide. */
async function play(
  name: string,
  { kind, ...given }: Step,
  world: { beat: Beat; manner: Partial<ScheduleSettings> },
): Promise<Beat> {
  const { beat, manner } = world;
  const before = await readState(name);
  const seen = await readFirings(before.id);
  const clock = await readClock();
  let next = beat;
  if (kind === 'turn') {
    const turn = await fireSchedules(db, { plan: planFirings, limit: 200 });
    expect([turn.failed, turn.invalid]).toEqual([[], []]);
  } else if (kind === 'pause') {
    await pauseSchedule(db, before.id, { by: undefined, reason: undefined });
  } else if (kind === 'resume' && 'catchesUp' in given) {
    const { catchesUp } = given;
    await resumeSchedule(db, before.id, { catchesUp, plan: planFirings });
  } else if (kind === 'edit' && 'beat' in given) {
    next = BEATS[given.beat] ?? beat;
    const settings = { ...SETTINGS, ...manner, rhythm: next.rhythm };
    await putSchedule(db, { pipeline: ORDERS, name }, { settings }, { plan: planFirings });
  }
  const after = await readState(name);
  const decided = await readDecided(before.id, beat, seen);
  const fires = (kind === 'turn' || kind === 'edit') && !before.isPaused;
  // The times of a pause are missed when it ends, unless they are due then, and when the settings change.
  const isCaughtUp = 'catchesUp' in given && given.catchesUp;
  const misses = (kind === 'edit' || (kind === 'resume' && !isCaughtUp)) && before.isPaused;
  const due = fires || misses ? timesOf(beat, before.decided, after.decided) : [];
  expect(decided).toEqual(due);
  if (misses) expect(after.decided).toBeGreaterThanOrEqual(clock);
  const delayMs = (manner.jitterSeconds ?? 0) * 1_000;
  if (fires) expect(timesOf(beat, after.decided, clock - delayMs)).toEqual([]);
  if (kind === 'pause') expect(after.decided).toBe(before.decided);
  return next;
}

test.each(MANNERS.map((manner, n) => [JSON.stringify(manner), manner, n] as const))(
  'after random outages, pauses and edits, run + skipped + missed are all nominal times: %s',
  async (_label, manner, n) => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(BEATS.length - 1),
        fc.array(step, { minLength: 5, maxLength: 25 }),
        async (first, steps) => {
          round += 1;
          const name = `s${n}-${round}`;
          let beat = BEATS[first] ?? BEATS[0];
          if (beat === undefined) throw new Error('there is no beat');
          await db.pool.query('DELETE FROM firings');
          await db.pool.query(
            'UPDATE schedules SET deleted_at = now(), next_for = NULL, fire_at = NULL',
          );
          const settings = { ...SETTINGS, ...manner, rhythm: beat.rhythm };
          await putSchedule(db, { pipeline: ORDERS, name }, { settings }, { plan: planFirings });
          for (const one of steps) {
            if (one.kind === 'away') await beAwayFor(one.minutes);
            else beat = await play(name, one, { beat, manner });
          }
        },
      ),
      { numRuns: testWishes().full ? 60 : 15, endOnFailure: true },
    );
  },
  120_000,
);

test('after three days without a process, a schedule of every 10 s that catches up makes at most 1,000 runs and one missed row', async () => {
  await db.pool.query('DELETE FROM firings');
  await db.pool.query('UPDATE schedules SET deleted_at = now(), next_for = NULL, fire_at = NULL');
  const [beat] = BEATS;
  if (beat === undefined) throw new Error('there is no beat');
  const settings = { ...SETTINGS, catchUp: 'all' as const, rhythm: beat.rhythm };
  await putSchedule(db, { pipeline: ORDERS, name: 'days' }, { settings }, { plan: planFirings });
  await beAwayFor(3 * 24 * 60);
  await play('days', { kind: 'turn' }, { beat, manner: { catchUp: 'all' } });
  const { rows } = await db.pool.query<{ outcome: string; rows: number; times: number }>(
    'SELECT outcome, count(*)::int AS rows, sum(count)::int AS times FROM firings GROUP BY outcome ORDER BY outcome',
  );
  expect(rows).toMatchObject([{ outcome: 'missed', rows: 1 }, { outcome: 'run' }]);
  expect(rows[1]?.rows).toBeLessThanOrEqual(1_000);
  expect(rows.reduce((sum, row) => sum + row.times, 0)).toBeGreaterThanOrEqual(25_920);
}, 60_000);
