import { expect, test } from '@jest/globals';
import { CATCH_UPS } from '@rat/domain';
import { openTimetable } from '@rat/timetable';
import fc from 'fast-check';
import { planFirings } from './plan-firings.ts';

/** Some hours before clocks shift in Berlin. */
const START = new Date('2026-03-28T18:00:00Z');
const HOUR_MS = 3_600_000;

const BERLIN = {
  timezone: 'Europe/Berlin',
  startsAt: undefined,
  endsAt: undefined,
  catchUp: 'latest',
  catchUpWindowSeconds: 604_800,
  delayMs: 0,
  decidedUntil: START,
  succeededUntil: undefined,
} as const;

const hourly = { ...BERLIN, rhythm: { kind: 'cron', cron: '0 * * * *' } } as const;
const at = (hours: number): Date => new Date(START.getTime() + hours * HOUR_MS);

test('under random outages and clocks that jump, every nominal time fires once or is missed once, in order', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('*/20 * * * *', '30 2 * * *', '15 9-17 * * MON-FRI', '*/30 * * * * *'),
      fc.constantFrom(...CATCH_UPS),
      fc.integer({ min: 0, max: 19 }),
      fc.array(fc.integer({ min: -90 * 60, max: 12 * 3_600 }), { minLength: 1, maxLength: 8 }),
      (cron, catchUp, delaySeconds, steps) => {
        const delayMs = delaySeconds * 1_000;
        const rhythm = { kind: 'cron', cron } as const;
        let decidedUntil: Date = START;
        let now = START.getTime();
        let newest = now;
        let covered = 0;
        const fired: number[] = [];
        for (const seconds of steps) {
          now += seconds * 1_000;
          newest = Math.max(newest, now);
          const schedule = { ...BERLIN, rhythm, catchUp, delayMs, decidedUntil };
          const plan = planFirings(schedule, new Date(now));
          covered += plan.fire.length + (plan.missed?.count ?? 0);
          fired.push(...plan.fire.map((time) => time.at.getTime()));
          expect(plan.decidedUntil >= decidedUntil).toBe(true);
          expect(Number(plan.nextFor)).toBeGreaterThan(plan.decidedUntil.getTime());
          expect(Number(plan.fireAt)).toBe(Number(plan.nextFor) + delayMs);
          decidedUntil = plan.decidedUntil;
        }
        const until = new Date(newest - delayMs);
        const timetable = openTimetable({ ...rhythm, timezone: BERLIN.timezone });
        expect(covered).toBe(timetable.countTimes({ after: START, until }));
        expect(fired).toEqual([...new Set(fired)].toSorted((a, b) => a - b));
      },
    ),
    { numRuns: 25 },
  );
}, 60_000);

test('the interval of a time begins at the nominal time before it, also across a shift and a missed time', () => {
  const daily = { ...BERLIN, rhythm: { kind: 'cron', cron: '30 2 * * *' } } as const;
  const { fire } = planFirings(daily, new Date('2026-03-29T01:00:10Z'));
  expect(fire).toEqual([
    {
      at: new Date('2026-03-29T01:00:00Z'),
      start: new Date('2026-03-28T01:30:00Z'),
      logicalDate: '2026-03-28',
    },
  ]);
});

test('since the last success, an interval begins where that one ended, unless it ended later', () => {
  const startOf = (succeededUntil: Date | undefined): Date | undefined =>
    planFirings({ ...hourly, succeededUntil, decidedUntil: at(4) }, at(5)).fire[0]?.start;
  expect(startOf(undefined)).toEqual(at(4));
  expect(startOf(at(2))).toEqual(at(2));
  expect(startOf(at(5))).toEqual(at(4));
  expect(startOf(at(9))).toEqual(at(4));
});

test('nothing fires before the start or after the end, and a time exactly at either fires', () => {
  const bounded = { ...hourly, startsAt: at(2), endsAt: at(4), catchUp: 'all' } as const;
  expect(planFirings(bounded, at(1)).nextFor).toEqual(at(2));
  const plan = planFirings(bounded, at(9));
  expect(plan.fire.map((time) => time.at)).toEqual([at(2), at(3), at(4)]);
  expect([plan.nextFor, plan.fireAt]).toEqual([undefined, undefined]);
});

test('of more times than a turn takes, the newest thousand fire and the others are counted', () => {
  const often = { ...hourly, rhythm: { kind: 'cron', cron: '* * * * *' }, catchUp: 'all' } as const;
  const plan = planFirings(often, at(48));
  expect(plan.fire).toHaveLength(1_000);
  expect(plan.missed).toEqual({
    count: 48 * 60 - 1_000,
    first: new Date(START.getTime() + 60_000),
    last: new Date(at(48).getTime() - 1_000 * 60_000),
  });
});
