import { repeat, waitFor, withDeadline, type Logger } from '@rat/runtime';
import {
  announceRunner,
  extendLeases,
  type Database,
  type AttemptKey,
  type RunnerAnnouncement,
} from '@rat/store';
import type { ActiveAttempts } from '../attempt-contract/active-attempts.ts';

/** Heartbeats per lease: three may fail before the lease expires. */
const BEATS_PER_LEASE = 3.3;

/**
 * With a long lease, heartbeats must still find lost cancel hints early and keep the runner listed
 * as alive.
 */
const MAX_BEAT_MS = 4_000;

/**
 * A lease counts as lost this long before its end, so that the last write of a slow runner is still
 * inside it.
 */
const SAFETY_MS = 1_000;

const CHECK_EVERY_MS = 250;

/**
 * Keeps this runner's leases until `signal` aborts, with one batched heartbeat for all runs. Aborts
 * a run with `lease_lost` when the database no longer counts it as ours, or when the database was
 * silent for so long that the lease may have expired. The heartbeat also finds cancels whose hint
 * was lost.
 */
export async function keepLeases(deps: {
  db: Database;
  held: ActiveAttempts;
  runner: RunnerAnnouncement;
  leaseMs: number;
  log: Logger;
  signal: AbortSignal;
  /** Called by every heartbeat that finds this runner marked for draining. */
  onDrain: () => void;
}): Promise<void> {
  await Promise.all([beat(deps), watchClock(deps)]);
}

async function beat(deps: Parameters<typeof keepLeases>[0]): Promise<void> {
  await repeat(
    async () => {
      const held = deps.held.list();
      const sentAt = performance.now();
      // The next heartbeat takes another connection, so a hanging one must not cost the lease.
      const [extended, { draining }] = await withDeadline(
        Promise.all([
          held.length === 0 ? [] : extendLeases(deps.db, held, deps.leaseMs),
          announceRunner(deps.db, deps.runner),
        ]),
        beatMs(deps.leaseMs),
      );
      if (draining) deps.onDrain();
      for (const lease of extended) {
        deps.held.confirmLease(lease, sentAt);
        if (lease.cancelRequested) deps.held.abort(lease.runId, 'cancelled');
      }
      for (const lost of missing(held, extended)) deps.held.abortAttempt(lost, 'lease_lost');
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

function missing(held: AttemptKey[], extended: AttemptKey[]): AttemptKey[] {
  const kept = new Set(extended.map((lease) => `${lease.runId}-${lease.attempt}`));
  return held.filter((attempt) => !kept.has(`${attempt.runId}-${attempt.attempt}`));
}

/** Uses the monotonic clock: a heartbeat may hang, and the wall clock may jump. */
async function watchClock(deps: Parameters<typeof keepLeases>[0]): Promise<void> {
  while (await waitFor(CHECK_EVERY_MS, deps.signal)) {
    const oldest = performance.now() - (deps.leaseMs - SAFETY_MS);
    for (const lost of deps.held.unconfirmedSince(oldest)) {
      deps.log.warn({ run_id: lost.runId, attempt: lost.attempt }, 'lease lost');
      deps.held.abortAttempt(lost, 'lease_lost');
    }
  }
}
