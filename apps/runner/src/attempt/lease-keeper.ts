import { repeat, waitFor, withDeadline, type Logger } from '@rat/runtime';
import {
  announceRunner,
  extendLeases,
  type Database,
  type HeldAttempt,
  type RunnerAnnouncement,
} from '@rat/store';
import type { ActiveAttempts } from '../attempt-contract/active-attempts.ts';

/** Heartbeats per lease; three may be lost before the lease is. */
const BEATS_PER_LEASE = 3.3;

/** A long lease is no reason to notice a lost cancel hint late, or to count as dead. */
const MAX_BEAT_MS = 4_000;

/** How long before its end a lease counts as lost, so that the last write of a slow runner is still its own. */
const SAFETY_MS = 1_000;

const CHECK_EVERY_MS = 250;

/**
 * Keeps this runner's leases until `signal` aborts: one batched heartbeat for all runs. A run that the database no
 * longer counts as ours, or whose lease may have ended while the database was silent, is aborted with `lease_lost`;
 * a run whose cancel hint was lost is found here.
 */
export async function keepLeases(deps: {
  db: Database;
  held: ActiveAttempts;
  runner: RunnerAnnouncement;
  leaseMs: number;
  log: Logger;
  signal: AbortSignal;
  /** Called by every heartbeat that hears that this runner is to drain. */
  onDrain: () => void;
}): Promise<void> {
  await Promise.all([beat(deps), watchClock(deps)]);
}

async function beat(deps: Parameters<typeof keepLeases>[0]): Promise<void> {
  await repeat(
    async () => {
      const asked = deps.held.list();
      const sentAt = performance.now();
      // A connection that went silent must not cost the lease: the next beat takes another one.
      const [extended, { draining }] = await withDeadline(
        Promise.all([
          asked.length === 0 ? [] : extendLeases(deps.db, asked, deps.leaseMs),
          announceRunner(deps.db, deps.runner),
        ]),
        beatMs(deps.leaseMs),
      );
      if (draining) deps.onDrain();
      for (const lease of extended) {
        deps.held.confirmLease(lease, sentAt);
        if (lease.cancelRequested) deps.held.abort(lease.runId, 'cancelled');
      }
      for (const lost of missing(asked, extended)) deps.held.abortAttempt(lost, 'lease_lost');
    },
    {
      everyMs: beatMs(deps.leaseMs),
      signal: deps.signal,
      onError: (err) => deps.log.warn({ err }, 'heartbeat failed'),
    },
  );
}

function beatMs(leaseMs: number): number {
  return Math.min(leaseMs / BEATS_PER_LEASE, MAX_BEAT_MS);
}

function missing(asked: HeldAttempt[], extended: HeldAttempt[]): HeldAttempt[] {
  const kept = new Set(extended.map((lease) => `${lease.runId}-${lease.attempt}`));
  return asked.filter((attempt) => !kept.has(`${attempt.runId}-${attempt.attempt}`));
}

/** The monotonic clock decides, for a heartbeat may hang and the wall clock may jump. */
async function watchClock(deps: Parameters<typeof keepLeases>[0]): Promise<void> {
  while (await waitFor(CHECK_EVERY_MS, deps.signal)) {
    const oldest = performance.now() - (deps.leaseMs - SAFETY_MS);
    for (const lost of deps.held.unconfirmedSince(oldest)) {
      deps.log.warn({ run_id: lost.runId, attempt: lost.attempt }, 'lease lost');
      deps.held.abortAttempt(lost, 'lease_lost');
    }
  }
}
