import type { RunStatus } from './run-status.ts';

/**
 * The events that can move a run.
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
 * - I1 A terminal run never changes. *Enforced by* the trigger `runs_guard_transition`; a test
 *   compares the trigger with this table, cell by cell.
 * - I2 A run is terminal exactly when it has `finished_at`. *Enforced by* CHECK
 *   `runs_terminal_iff_finished`.
 * - I3 A running run has a runner, a lease and `attempt ≥ 1`. *Enforced by* CHECK
 *   `runs_running_has_lease`.
 * - I4 A failed run has a failure code. *Enforced by* CHECK `runs_failed_iff_failure_code`.
 * - I5 Once a cancel is requested, a run ends `cancelled` and publishes nothing. *Enforced by* the
 *   guard `cancel_requested_at IS NULL` in every other settlement.
 * - I6 A running run has a slot of its pipeline for itself, within the limit. *Enforced by* CHECKs
 *   `runs_running_iff_slot` and `runs_slot_within_limit`, and the unique index
 *   `runs_pipeline_slot`.
 * - I7 A run has at most one open attempt, and it has a row. *Enforced by* the unique index
 *   `run_attempts_one_open`; claim and settlement write the row in their own statements.
 *
 * docs/run-lifecycle.md describes the whole life of a run, and what repairs which crash.
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

/**
 * The next status for every status and event. A new status does not compile until every cell is
 * set.
 */
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
