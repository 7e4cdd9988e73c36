import type { ScheduleSettings } from '@rat/domain';
import {
  fireSchedules,
  listFirings,
  putSchedule,
  type Database,
  type FiringTurn,
} from '@rat/store';
import { openStoreFixture, ORDERS } from '@rat/testing';
import { planFirings } from '../src/plan-firings.ts';

export const MINUTE_MS = 60_000;

export const EVERY_MINUTE: ScheduleSettings = {
  rhythm: { kind: 'interval', everySeconds: 60, offsetSeconds: 0 },
  timezone: 'UTC',
  jitterSeconds: 0,
  startsAt: undefined,
  endsAt: undefined,
  overlap: 'inherit',
  catchUp: 'latest',
  catchUpWindowSeconds: 604_800,
  intervalMode: 'previous',
  maxFailures: undefined,
  priority: 0,
  expiresInSeconds: undefined,
  params: undefined,
};

/** A store with the pipeline ORDERS, whose schedules fire at the times that a test gives. */
export interface ScheduleLab {
  db: Database;
  url: string;
  /** Stores a schedule of every minute, with other settings where given, and returns its id. */
  schedule: (
    settings?: Partial<ScheduleSettings>,
    name?: string,
    pipeline?: typeof ORDERS,
  ) => Promise<string>;
  fire: (now: Date, at?: Database, limit?: number) => Promise<FiringTurn>;
  /** A bit after the n-th whole minute; minute 0 is one to two minutes after the lab was opened. */
  minute: (n: number, moreMs?: number) => Date;
  /** The firings of a schedule in their order, such as `run ×1`. */
  outcomes: (id: string) => Promise<string[]>;
  close: () => Promise<void>;
}

export async function openScheduleLab(): Promise<ScheduleLab> {
  const fixture = await openStoreFixture();
  const { db, url } = fixture;
  const nextMinute = Math.ceil(Date.now() / MINUTE_MS) + 1;
  return {
    db,
    url,
    schedule: async (settings = {}, name = 'often', pipeline = ORDERS) => {
      const given = { settings: { ...EVERY_MINUTE, ...settings } };
      const { id } = await putSchedule(db, { pipeline, name }, given, { plan: planFirings });
      return id;
    },
    fire: (now, at = db, limit = 200) => fireSchedules(at, { plan: planFirings, limit, now }),
    minute: (n, moreMs = 100) => new Date((nextMinute + n) * MINUTE_MS + moreMs),
    outcomes: async (id) => {
      const firings = await listFirings(db, id, { limit: 100 });
      return firings
        .toReversed()
        .map(({ outcome, reason, count }) => `${outcome}${reason ? ` ${reason}` : ''} ×${count}`);
    },
    close: () => fixture.close(),
  };
}
