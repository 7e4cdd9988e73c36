import { coerceError, runJobs, waitFor, type BackgroundJob } from '@rat/runtime';
import {
  fireSchedules,
  forgetOldDeliveries,
  forgetOldFirings,
  pauseFailing,
  recomputeTimes,
  type FiringTurn,
} from '@rat/store';
import { announceRun } from './announce-run.ts';
import type { DispatchDeps } from './dispatch-deps.ts';
import { planFirings } from './plan-firings.ts';

/**
 * The longest pause between two looks. Shorter when a schedule is due earlier; a schedule that
 * another process has just changed is late by at most this.
 */
const LOOK_EVERY_MS = 2_000;

/** A pause even when more is due: other work of the process goes on. */
const PAUSE_MS = 10;

/** The pause when what is due is in another process's hands, which may be frozen. */
const PAUSE_BEHIND_MS = 200;

/** How many schedules one transaction takes. Larger ones would hold locks longer. */
const SCHEDULES_A_BATCH = 50;

const FIRINGS_KEPT_DAYS = 90;
const FIRINGS_A_TURN = 1_000;

/**
 * Fires the schedules that are due, until `signal` aborts. Every API and every runner does; the
 * database divides the schedules among them, and its clock decides what is due. Also pauses
 * schedules whose runs keep failing, and deletes old firings.
 */
export async function fireDueSchedules(deps: DispatchDeps, signal: AbortSignal): Promise<void> {
  await Promise.all([fireInTime(deps, signal), runJobs(SCHEDULE_JOBS, deps, signal)]);
}

const SCHEDULE_JOBS: BackgroundJob<DispatchDeps>[] = [
  { name: 'pause-failing-schedules', everyMs: 2_000, run: pauseFailingSchedules },
  { name: 'recompute-times', everyMs: 60_000, run: recomputeOldTimes },
  {
    name: 'forget-old-firings',
    everyMs: 60_000,
    run: async ({ db }) => {
      await forgetOldFirings(db, { days: FIRINGS_KEPT_DAYS, limit: FIRINGS_A_TURN });
    },
  },
  {
    name: 'forget-old-deliveries',
    everyMs: 60_000,
    run: async ({ db }) => {
      await forgetOldDeliveries(db, FIRINGS_A_TURN);
    },
  },
];

async function fireInTime(deps: DispatchDeps, signal: AbortSignal): Promise<void> {
  let pauseMs = 0;
  while (await waitFor(pauseMs, signal)) {
    pauseMs = LOOK_EVERY_MS;
    try {
      const turn = await fireSchedules(deps.db, { plan: planFirings, limit: SCHEDULES_A_BATCH });
      report(deps, turn);
      for (const run of turn.runs) announceRun(deps, run);
      pauseMs = pauseAfter(turn);
    } catch (error) {
      if (!signal.aborted) deps.log.warn({ err: coerceError(error) }, 'schedules not fired');
    }
  }
}

function pauseAfter({ nextInMs, ...turn }: FiringTurn): number {
  if (nextInMs === undefined) return LOOK_EVERY_MS;
  const fired = turn.runs.length + turn.skipped + turn.missed + turn.refused + turn.invalid.length;
  const least = fired === 0 && nextInMs <= 0 ? PAUSE_BEHIND_MS : PAUSE_MS;
  return Math.min(LOOK_EVERY_MS, Math.max(least, Math.ceil(nextInMs)));
}

/** `fire_lag_seconds` of a turn: how late its times fired, besides their own delay. */
function report({ log, observer }: DispatchDeps, turn: FiringTurn): void {
  const { runs, lagsMs, skipped, missed, refused, invalid, failed } = turn;
  observer?.fired({
    run: runs.length,
    skipped,
    missed,
    refused,
    invalid: invalid.length,
    failed: failed.length,
  });
  for (const { id, error } of failed) {
    log.warn({ err: coerceError(error), schedule_id: id }, 'schedule not fired');
  }
  for (const { id, message } of invalid) {
    log.warn({ schedule_id: id, reason: message }, 'schedule paused as invalid');
  }
  if (runs.length + skipped + missed + refused === 0) return;
  const lag = lagsMs.length === 0 ? null : Math.max(...lagsMs) / 1_000;
  log.info(
    { runs: runs.length, skipped, missed, refused, fire_lag_seconds: lag },
    'schedules fired',
  );
}

/** Beside a process with older data it repeats, until that one is gone. */
async function recomputeOldTimes({ db, log }: DispatchDeps): Promise<void> {
  const tzdata = process.versions.tz ?? '';
  const schedules = await recomputeTimes(db, tzdata);
  if (schedules > 0) log.info({ schedules, tzdata }, 'next times computed with newer time zones');
}

async function pauseFailingSchedules({ db, log }: DispatchDeps): Promise<void> {
  for (const { id, failures } of await pauseFailing(db)) {
    log.warn({ schedule_id: id, failures }, 'schedule paused after failures');
  }
}
