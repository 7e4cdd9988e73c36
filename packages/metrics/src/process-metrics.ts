import type { MetricSpecs } from './metric-spec.ts';

/** The metrics of one process, API or runner: take the sum of all processes. */
export const PROCESS_METRICS = {
  rat_build_info: {
    type: 'gauge',
    help: 'Always 1; the labels have the version of the service and of Node.',
    labels: ['service', 'version', 'node'],
  },
  process_cpu_seconds_total: {
    type: 'counter',
    help: 'CPU time of the process, without its children.',
    labels: [],
  },
  process_start_time_seconds: {
    type: 'gauge',
    help: 'Start of the process, in seconds since 1970.',
    labels: [],
  },
  process_resident_memory_bytes: {
    type: 'gauge',
    help: 'Resident memory of the process, without its children.',
    labels: [],
  },
  nodejs_heap_size_used_bytes: {
    type: 'gauge',
    help: 'Memory of living JavaScript objects, and of those not yet collected.',
    labels: [],
  },
  nodejs_eventloop_lag_mean_seconds: {
    type: 'gauge',
    help: 'Mean delay of the event loop since the last scrape.',
    labels: [],
  },
  nodejs_eventloop_lag_p99_seconds: {
    type: 'gauge',
    help: 'The 99th percentile of the delay of the event loop since the last scrape.',
    labels: [],
  },
  nodejs_eventloop_lag_max_seconds: {
    type: 'gauge',
    help: 'Longest delay of the event loop since the last scrape.',
    labels: [],
  },
  rat_event_loop_busy_ratio: {
    type: 'gauge',
    help: 'Share of the time since the last scrape in which the event loop was busy, 0 to 1.',
    labels: [],
  },
  rat_db_pool_connections: {
    type: 'gauge',
    help: 'Connections of the process to Postgres.',
    labels: ['state'],
  },
  rat_db_pool_max_connections: {
    type: 'gauge',
    help: 'Most connections that the process opens to Postgres.',
    labels: [],
  },
  rat_db_pool_waiting: {
    type: 'gauge',
    help: 'Statements that wait for a connection.',
    labels: [],
  },
  rat_job_duration_seconds: {
    type: 'histogram',
    help: 'Duration of one turn of a background job.',
    labels: ['job', 'outcome'],
    buckets: [0.001, 0.01, 0.05, 0.25, 1, 5, 30, 300],
  },
  rat_firings_total: {
    type: 'counter',
    help: 'Due times of schedules that the process decided: `run` made a run, `skipped`, `missed` and `refused` made none, `invalid` paused the schedule, `failed` is tried again.',
    labels: ['outcome'],
  },
  rat_tickets_enqueued_again_total: {
    type: 'counter',
    help: 'Tickets that the rescue enqueued again because they may be lost.',
    labels: [],
  },
} as const satisfies MetricSpecs;

/** The metrics of an API process besides those. */
export const API_METRICS = {
  rat_http_request_duration_seconds: {
    type: 'histogram',
    help: 'Time from the head of a request to the end of its answer; an event stream lasts as long as its client listens. `operation` is that of the OpenAPI document, or `none`.',
    labels: ['operation', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.5, 2.5, 10],
  },
  rat_event_streams: {
    type: 'gauge',
    help: 'Event streams that are open.',
    labels: [],
  },
  rat_event_streams_max: {
    type: 'gauge',
    help: 'Most event streams that the process keeps open.',
    labels: [],
  },
} as const satisfies MetricSpecs;

/** The metrics of a runner process besides those. */
export const RUNNER_METRICS = {
  rat_runner_attempts: {
    type: 'gauge',
    help: 'Attempts that the runner executes now.',
    labels: [],
  },
  rat_openlineage_events_left_out_total: {
    type: 'counter',
    help: 'OpenLineage events that the receiver never got: it refused them (`refused`), or answered each of 5 tries with an error of its own (`failed`).',
    labels: ['reason'],
  },
} as const satisfies MetricSpecs;
