import { expect, test } from '@jest/globals';
import { patchRun, patchRuns, type RunSummary } from './patch-run.ts';

const RUN: RunSummary = {
  id: '00000000-0000-4000-8000-000000000001',
  pipeline_id: '00000000-0000-4000-8000-000000000002',
  namespace: 'default',
  layer: 'silver',
  pipeline: 'orders',
  kind: 'pipeline',
  pipeline_version: 1,
  pool: 'default',
  status: 'pending',
  trigger: 'manual',
  requested_by: null,
  group_id: null,
  attempt: 1,
  max_attempts: 3,
  started_at: null,
  finished_at: null,
  duration_ms: null,
  queued_ms: null,
  rows_written: null,
  error: null,
  failure: null,
  disposition: null,
  progress: null,
  logs_s3_path: null,
  created_at: '2026-11-29T14:00:00.000Z',
};

function change(status: 'pending' | 'running' | 'success' | 'failed', attempt = 1) {
  return {
    run_id: RUN.id,
    namespace: 'default',
    layer: 'silver',
    pipeline: 'orders',
    seq: 2,
    attempt,
    timestamp: '2026-11-29T14:00:05.000Z',
    status,
    rows_written: status === 'success' ? 7 : null,
    duration_ms: status === 'success' ? 900 : null,
    error: status === 'failed' ? 'no such column' : null,
  };
}

test('a run that begins and ends has its times and its rows', () => {
  const ended = [change('running'), change('success')].reduce(patchRun<RunSummary>, RUN);
  expect(ended).toMatchObject({
    status: 'success',
    started_at: '2026-11-29T14:00:05.000Z',
    finished_at: '2026-11-29T14:00:05.000Z',
    duration_ms: 900,
    rows_written: 7,
  });
});

test('an event that is older than the answer changes nothing', () => {
  const ended = patchRun(RUN, change('failed'));
  expect(patchRun(ended, change('running'))).toBe(ended);
  const second = { ...RUN, attempt: 2 };
  expect(patchRun(second, change('running', 1))).toBe(second);
});

test('a row changes in its place, and a list without the run stays the same object', () => {
  const other = { ...RUN, id: '00000000-0000-4000-8000-000000000009' };
  const patched = patchRuns([other, RUN], [change('running')]);
  expect(patched.map(({ status }) => status)).toEqual(['pending', 'running']);
  const list = [other];
  expect(patchRuns(list, [change('running')])).toBe(list);
});
