import type { MetricSpecs } from './metric-spec.ts';

/** From a run of a few milliseconds to one of hours. */
const DURATIONS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400];

/** A wait that people notice begins at a second. */
const WAITS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3_600];

/**
 * The metrics of the whole installation. Each API reads them from Postgres, so every replica shows
 * the same: take one replica or the `max` of them, and never their sum. Counters begin at the first
 * scrape of a process.
 */
export const INSTALLATION_METRICS = {
  rat_runs_created_total: {
    type: 'counter',
    help: 'Runs that were created.',
    labels: ['layer', 'trigger'],
  },
  rat_runs_ended_total: {
    type: 'counter',
    help: 'Runs that ended, by their final status.',
    labels: ['status', 'layer', 'trigger'],
  },
  rat_run_failures_total: {
    type: 'counter',
    help: 'Runs that ended as failed, by the code of the failure.',
    labels: ['code'],
  },
  rat_run_attempts_ended_total: {
    type: 'counter',
    help: 'Attempts that ended, by outcome. One run has several when it is retried or interrupted.',
    labels: ['outcome'],
  },
  rat_run_retries_total: {
    type: 'counter',
    help: 'Failed attempts after which the run waits for another one, by the code of the failure.',
    labels: ['code'],
  },
  rat_run_leases_lost_total: {
    type: 'counter',
    help: 'Attempts that a rescue settled because their runner stopped answering.',
    labels: [],
  },
  rat_run_queue_wait_seconds: {
    type: 'histogram',
    help: 'Time from the creation of a run to the start of its first attempt.',
    labels: ['layer'],
    buckets: WAITS,
  },
  rat_run_duration_seconds: {
    type: 'histogram',
    help: 'Time from the first start of a run to its end.',
    labels: ['status', 'layer'],
    buckets: DURATIONS,
  },
  rat_run_phase_duration_seconds: {
    type: 'histogram',
    help: 'Duration of the phases of the last attempt of ended runs.',
    labels: ['phase'],
    buckets: DURATIONS,
  },
  rat_run_cancel_latency_seconds: {
    type: 'histogram',
    help: 'Time from the request to cancel a run to the stop of its execution.',
    labels: [],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
  rat_run_rows_written_total: {
    type: 'counter',
    help: 'Rows that successful runs published.',
    labels: ['layer'],
  },
  rat_run_written_bytes_total: {
    type: 'counter',
    help: 'Bytes of the Parquet files that successful runs published.',
    labels: ['layer'],
  },
  rat_fire_lag_seconds: {
    type: 'histogram',
    help: 'How late the firings of schedules made their run, after the nominal time and its jitter.',
    labels: [],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 600, 3_600],
  },
  rat_runs: {
    type: 'gauge',
    help: 'Runs that are kept, by their status now.',
    labels: ['status', 'layer'],
  },
  rat_queue_runs: {
    type: 'gauge',
    help: 'Waiting runs of a pool: `ready` may start now, `blocked` waits for its own pipeline, `delayed` waits for the time of its retry. The 30 longest queues.',
    labels: ['pool', 'state'],
  },
  rat_queue_oldest_wait_seconds: {
    type: 'gauge',
    help: 'Age of the oldest run of a pool that waits and is not delayed.',
    labels: ['pool'],
  },
  rat_runners: {
    type: 'gauge',
    help: 'Live runners: `active` take runs, `draining` finish theirs and stop.',
    labels: ['state'],
  },
  rat_runner_slots: {
    type: 'gauge',
    help: 'Runs that all active runners can execute at once.',
    labels: [],
  },
  rat_runner_slots_busy: {
    type: 'gauge',
    help: 'Runs that are executed now.',
    labels: [],
  },
  rat_run_leases_overdue: {
    type: 'gauge',
    help: 'Running runs whose lease has expired and that no rescue has settled yet.',
    labels: [],
  },
  rat_schedule_overdue_seconds: {
    type: 'gauge',
    help: 'How long the most overdue schedule is due; 0 when none is.',
    labels: [],
  },
  rat_state_read_success: {
    type: 'gauge',
    help: '1 when the last read of the installation from Postgres succeeded; on 0 all metrics of the installation are old.',
    labels: [],
  },
} as const satisfies MetricSpecs;
