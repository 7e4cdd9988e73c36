import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ScheduleSettings } from '@rat/domain';
import {
  claimRun,
  completeRun,
  fireSchedules,
  getRun,
  putSchedule,
  settleAttempt,
  type Database,
} from '@rat/store';
import { openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import { EVERY_MINUTE } from '../test/schedule-lab.ts';
import { planFirings } from './plan-firings.ts';

const HOUR_MS = 3_600_000;

const HOURLY: ScheduleSettings = {
  ...EVERY_MINUTE,
  rhythm: { kind: 'interval', everySeconds: 3_600, offsetSeconds: 0 },
  intervalMode: 'since_success',
};

let fixture: StoreFixture;
let db: Database;
beforeEach(async () => {
  fixture = await openStoreFixture();
  db = fixture.db;
});
afterEach(() => fixture.close());

const nextHour = Math.ceil(Date.now() / HOUR_MS) + 1;
const hour = (n: number): Date => new Date((nextHour + n) * HOUR_MS);

/** Fires the n-th hour, ends its run, and returns the hours that the run was about. */
async function runHour(n: number, end: 'succeed' | 'fail'): Promise<number[]> {
  const now = new Date(hour(n).getTime() + 100);
  const { runs } = await fireSchedules(db, { plan: planFirings, limit: 200, now });
  const [run] = runs;
  if (run === undefined) throw new Error(`hour ${n} made no run`);
  const attempt = { runId: run.id, attempt: 1 };
  await claimRun(db, attempt, { runnerId: 'a', leaseMs: 60_000 });
  if (end === 'succeed') await completeRun(db, attempt, {}, []);
  else {
    const failure = { code: 'sql_error', message: 'no' } as const;
    await settleAttempt(db, attempt, { kind: 'fail', failure }, []);
  }
  const { interval } = await getRun(db, run.id);
  return [interval?.start, interval?.end].map((at) => Number(at) / HOUR_MS - nextHour);
}

test('the run after failures is about all that they were about, and the one after a success is not', async () => {
  const at = { pipeline: ORDERS, name: 'hourly' };
  await putSchedule(db, at, { settings: HOURLY }, { plan: planFirings });
  expect(await runHour(1, 'fail')).toEqual([0, 1]);
  expect(await runHour(2, 'succeed')).toEqual([1, 2]);
  expect(await runHour(3, 'fail')).toEqual([2, 3]);
  expect(await runHour(4, 'fail')).toEqual([2, 4]);
  // Hours at which nothing could fire are made up for too.
  expect(await runHour(9, 'succeed')).toEqual([2, 9]);
  expect(await runHour(10, 'succeed')).toEqual([9, 10]);
});
