import type { RunStatus } from './run-status.ts';

/**
 * What can happen to a run.
 *
 * ```
 *              claim                    succeed
 *   pending ───────────▶ running ─────────────────▶ success
 *     ▲ │                 │ │ │        fail
 *     │ │ cancel          │ │ └───────────────────▶ failed
 *     │ ▼                 │ ▼ cancel
 *     │ cancelled ◀───────┼─┘
 *     └───────────────────┘
 *        retry · interrupt
 * ```
 *
 * Invariants:
 * - I1 A terminal run never changes. *Enforced by* this table and the trigger `runs_guard_transition`.
 * - I2 A run is terminal exactly when it has `finished_at`. *Enforced by* CHECK `runs_terminal_iff_finished`.
 * - I3 A running run has a runner, a lease and `attempt ≥ 1`. *Enforced by* CHECK `runs_running_has_lease`.
 * - I4 A failed run says why. *Enforced by* CHECK `runs_failed_iff_failure_code`.
 * - I5 Once a cancel is requested, a run ends `cancelled` and publishes nothing. *Enforced by* the guard
 *   `cancel_requested_at IS NULL` in every other settlement.
 * - I6 A running run has a slot of its pipeline, alone, within the limit. *Enforced by* CHECKs `runs_running_iff_slot` and
 *   `runs_slot_within_limit`, and the unique index `runs_pipeline_slot`.
 * - I7 A run has one attempt under way at most, and it is on record. *Enforced by* the unique index
 *   `run_attempts_one_open`; claim and settlement write it in their own statements.
 *
 * docs/run-lifecycle.md tells the whole story, and what repairs which crash.
 */
export const RUN_EVENT_KINDS = [
  'claim',
  'succeed',
  'fail',
  'retry',
  'interrupt',
  'cancel',
] as const;

export type RunEventKind = (typeof RUN_EVENT_KINDS)[number];

/** For every status and event, the next status; a new status does not compile until every cell is answered. */
export const RUN_TRANSITIONS: Record<RunStatus, Record<RunEventKind, RunStatus | 'refused'>> = {
  pending: {
    claim: 'running',
    succeed: 'refused',
    fail: 'refused',
    retry: 'refused',
    interrupt: 'refused',
    cancel: 'cancelled',
  },
  running: {
    claim: 'refused',
    succeed: 'success',
    fail: 'failed',
    retry: 'pending',
    interrupt: 'pending',
    cancel: 'cancelled',
  },
  success: {
    claim: 'refused',
    succeed: 'refused',
    fail: 'refused',
    retry: 'refused',
    interrupt: 'refused',
    cancel: 'refused',
  },
  failed: {
    claim: 'refused',
    succeed: 'refused',
    fail: 'refused',
    retry: 'refused',
    interrupt: 'refused',
    cancel: 'refused',
  },
  cancelled: {
    claim: 'refused',
    succeed: 'refused',
    fail: 'refused',
    retry: 'refused',
    interrupt: 'refused',
    cancel: 'refused',
  },
};

/** The status after `event`, or `refused` when the run may not make that move. */
export function nextStatus(status: RunStatus, event: RunEventKind): RunStatus | 'refused' {
  return RUN_TRANSITIONS[status][event];
}
