import { beforeEach, expect, test } from '@jest/globals';
import { INSTALLATION_METRICS, openInstruments, Registry } from '@rat/metrics';
import type { RunMove } from '@rat/store';
import { countMove, startAtZero, type RunInstruments } from './count-move.ts';
import { showState } from './show-state.ts';

let registry: Registry;
let own: RunInstruments;
beforeEach(() => {
  registry = new Registry();
  own = openInstruments(registry, INSTALLATION_METRICS);
  startAtZero(own);
});

const MOVE: RunMove = {
  cursor: { xid: 1n, position: 1n },
  status: 'pending',
  isNew: false,
  layer: 'gold',
  kind: 'pipeline',
  trigger: 'manual',
  sourceKind: undefined,
  isRerun: false,
  isReproduction: false,
  fireLagMs: undefined,
  waitedMs: undefined,
  attempt: undefined,
  end: undefined,
};
const END = {
  code: undefined,
  durationMs: 2_000,
  phases: [],
  rowsWritten: 0,
  cancelMs: undefined,
};

/** The series that are not 0, without those of buckets. */
async function counted(): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('rat_'));
  const pairs = lines.map((line) => {
    const at = line.lastIndexOf(' ');
    return [line.slice(0, at), Number(line.slice(at))] as const;
  });
  return Object.fromEntries(
    pairs.filter(([name, value]) => value !== 0 && !name.includes('_bucket')),
  );
}

test('before the first run every counter of runs is there and 0', async () => {
  expect(await counted()).toEqual({});
  const text = await registry.metrics();
  expect(text).toContain('rat_runs_ended_total{status="failed",layer="gold",trigger="api"} 0');
  expect(text).toContain('rat_run_failures_total{code="internal"} 0');
});

test('a new run counts as created, and its due time as fired', async () => {
  countMove(own, { ...MOVE, isNew: true, sourceKind: 'schedule', fireLagMs: 1_500 });
  expect(await counted()).toEqual({
    'rat_runs_created_total{layer="gold",trigger="schedule"}': 1,
    rat_fire_lag_seconds_sum: 1.5,
    rat_fire_lag_seconds_count: 1,
  });
});

test('the start of a run counts its wait', async () => {
  countMove(own, { ...MOVE, status: 'running', waitedMs: 250 });
  expect(await counted()).toEqual({
    'rat_run_queue_wait_seconds_sum{layer="gold"}': 0.25,
    'rat_run_queue_wait_seconds_count{layer="gold"}': 1,
  });
});

test('a failed attempt that is tried again counts as a retry and not as an end', async () => {
  const attempt = { outcome: 'failed', code: 'stalled' } as const;
  countMove(own, { ...MOVE, attempt });
  expect(await counted()).toEqual({
    'rat_run_attempts_ended_total{outcome="failed"}': 1,
    'rat_run_retries_total{code="stalled"}': 1,
    rat_run_leases_lost_total: 1,
  });
});

test('an interrupted attempt is no retry', async () => {
  countMove(own, { ...MOVE, attempt: { outcome: 'interrupted', code: undefined } });
  expect(await counted()).toEqual({ 'rat_run_attempts_ended_total{outcome="interrupted"}': 1 });
});

test('a successful run counts its phases, rows and bytes', async () => {
  const phase = { status: 'success', started_at: '', duration_ms: 500 } as const;
  const phases = [{ ...phase, name: 'write', bytes: 4_096 } as const];
  countMove(own, {
    ...MOVE,
    status: 'success',
    attempt: { outcome: 'success', code: undefined },
    end: { ...END, phases, rowsWritten: 7 },
  });
  expect(await counted()).toEqual({
    'rat_run_attempts_ended_total{outcome="success"}': 1,
    'rat_runs_ended_total{status="success",layer="gold",trigger="manual"}': 1,
    'rat_run_duration_seconds_sum{status="success",layer="gold"}': 2,
    'rat_run_duration_seconds_count{status="success",layer="gold"}': 1,
    'rat_run_phase_duration_seconds_sum{phase="write"}': 0.5,
    'rat_run_phase_duration_seconds_count{phase="write"}': 1,
    'rat_run_rows_written_total{layer="gold"}': 7,
    'rat_run_written_bytes_total{layer="gold"}': 4_096,
  });
});

test('a failed run counts its code, and no rows', async () => {
  countMove(own, {
    ...MOVE,
    status: 'failed',
    end: { ...END, code: 'sql_error', durationMs: undefined, rowsWritten: 7 },
  });
  expect(await counted()).toEqual({
    'rat_run_failures_total{code="sql_error"}': 1,
    'rat_runs_ended_total{status="failed",layer="gold",trigger="manual"}': 1,
  });
});

test('the cancel of a running run counts its latency', async () => {
  countMove(own, {
    ...MOVE,
    status: 'cancelled',
    end: { ...END, durationMs: undefined, cancelMs: 300 },
  });
  expect(await counted()).toMatchObject({
    rat_run_cancel_latency_seconds_sum: 0.3,
    rat_run_cancel_latency_seconds_count: 1,
  });
});

test('a pool whose queue became empty shows no old number', async () => {
  const state = {
    runs: [],
    queues: [{ pool: 'heavy', ready: 2, blocked: 1, delayed: 0, oldestMs: 3_000 }],
    runners: { active: 1, draining: 0, slots: 4 },
    running: 2,
    overdueLeases: 0,
    overdueScheduleMs: 0,
  };
  showState(own, state);
  expect(await counted()).toMatchObject({
    'rat_queue_runs{pool="heavy",state="ready"}': 2,
    'rat_queue_oldest_wait_seconds{pool="heavy"}': 3,
    rat_runner_slots: 4,
  });
  showState(own, { ...state, queues: [] });
  expect(await registry.metrics()).not.toContain('heavy');
});
