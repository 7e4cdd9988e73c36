import { ATTEMPT_OUTCOMES, FAILURE_CODES, LAYERS, PHASES, TERMINAL_STATUSES } from '@rat/domain';
import type { INSTALLATION_METRICS, Instruments } from '@rat/metrics';
import type { RunEnd, RunMove } from '@rat/store';
import { TRIGGER_KINDS, triggerKind } from './trigger-kind.ts';

/** The instruments of the installation. */
export type RunInstruments = Instruments<typeof INSTALLATION_METRICS>;

/**
 * Sets each counter of runs to 0, so that the first run of a layer is an increase too: Prometheus
 * sees none in a series that begins at 1.
 */
export function startAtZero(own: RunInstruments): void {
  own.rat_run_leases_lost_total.inc(0);
  for (const layer of LAYERS) {
    own.rat_run_queue_wait_seconds.zero({ layer });
    own.rat_run_rows_written_total.inc({ layer }, 0);
    own.rat_run_written_bytes_total.inc({ layer }, 0);
    for (const status of TERMINAL_STATUSES) own.rat_run_duration_seconds.zero({ status, layer });
    for (const trigger of TRIGGER_KINDS) {
      own.rat_runs_created_total.inc({ layer, trigger }, 0);
      for (const status of TERMINAL_STATUSES) {
        own.rat_runs_ended_total.inc({ status, layer, trigger }, 0);
      }
    }
  }
  for (const code of FAILURE_CODES) {
    own.rat_run_failures_total.inc({ code }, 0);
    own.rat_run_retries_total.inc({ code }, 0);
  }
  for (const outcome of ATTEMPT_OUTCOMES) own.rat_run_attempts_ended_total.inc({ outcome }, 0);
  for (const phase of PHASES) own.rat_run_phase_duration_seconds.zero({ phase });
}

/** Counts one status change of one run. */
export function countMove(own: RunInstruments, move: RunMove): void {
  const { layer, status, attempt } = move;
  const trigger = triggerKind(move);
  if (move.isNew) own.rat_runs_created_total.inc({ layer, trigger });
  if (move.fireLagMs !== undefined) own.rat_fire_lag_seconds.observe(move.fireLagMs / 1_000);
  if (move.waitedMs !== undefined) {
    own.rat_run_queue_wait_seconds.observe({ layer }, seconds(move.waitedMs));
  }
  if (attempt?.outcome !== undefined) {
    own.rat_run_attempts_ended_total.inc({ outcome: attempt.outcome });
    if (attempt.code === 'stalled') own.rat_run_leases_lost_total.inc();
    if (status === 'pending' && attempt.code !== undefined) {
      own.rat_run_retries_total.inc({ code: attempt.code });
    }
  }
  if (move.end === undefined) return;
  own.rat_runs_ended_total.inc({ status, layer, trigger });
  countEnd(own, { ...move.end, status, layer });
}

function countEnd(own: RunInstruments, end: RunEnd & Pick<RunMove, 'status' | 'layer'>): void {
  const { status, layer, code, durationMs, cancelMs } = end;
  if (status === 'failed' && code !== undefined) own.rat_run_failures_total.inc({ code });
  if (durationMs !== undefined) {
    own.rat_run_duration_seconds.observe({ status, layer }, seconds(durationMs));
  }
  if (status === 'cancelled' && cancelMs !== undefined) {
    own.rat_run_cancel_latency_seconds.observe(seconds(cancelMs));
  }
  for (const { name, duration_ms: ms } of end.phases) {
    own.rat_run_phase_duration_seconds.observe({ phase: name }, seconds(ms));
  }
  if (status !== 'success') return;
  own.rat_run_rows_written_total.inc({ layer }, end.rowsWritten);
  const written = end.phases.find(({ name }) => name === 'write')?.bytes ?? 0;
  own.rat_run_written_bytes_total.inc({ layer }, written);
}

/** Two clocks may differ by some milliseconds; a histogram has no negative values. */
function seconds(ms: number): number {
  return Math.max(0, ms) / 1_000;
}
