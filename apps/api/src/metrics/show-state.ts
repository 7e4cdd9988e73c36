import { LAYERS, RUN_STATUSES } from '@rat/domain';
import type { InstallationState } from '@rat/store';
import type { RunInstruments } from './count-move.ts';

/** Sets the gauges of the installation. */
export function showState(own: RunInstruments, state: InstallationState): void {
  for (const layer of LAYERS) {
    for (const status of RUN_STATUSES) own.rat_runs.set({ status, layer }, 0);
  }
  for (const { status, layer, runs } of state.runs) own.rat_runs.set({ status, layer }, runs);
  // A pool without a waiting run has no row.
  own.rat_queue_runs.reset();
  own.rat_queue_oldest_wait_seconds.reset();
  own.rat_queue_oldest_wait_seconds.set({ pool: 'default' }, 0);
  for (const { pool, ready, blocked, delayed, oldestMs } of state.queues) {
    own.rat_queue_runs.set({ pool, state: 'ready' }, ready);
    own.rat_queue_runs.set({ pool, state: 'blocked' }, blocked);
    own.rat_queue_runs.set({ pool, state: 'delayed' }, delayed);
    own.rat_queue_oldest_wait_seconds.set({ pool }, oldestMs / 1_000);
  }
  own.rat_runners.set({ state: 'active' }, state.runners.active);
  own.rat_runners.set({ state: 'draining' }, state.runners.draining);
  own.rat_runner_slots.set(state.runners.slots);
  own.rat_runner_slots_busy.set(state.running);
  own.rat_run_leases_overdue.set(state.overdueLeases);
  own.rat_schedule_overdue_seconds.set(state.overdueScheduleMs / 1_000);
}
