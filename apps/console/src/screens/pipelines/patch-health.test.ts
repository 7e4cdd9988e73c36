import { expect, test } from '@jest/globals';
import { mustReread, patchHealth, type PipelinePage } from './patch-health.ts';

const RUN = '00000000-0000-4000-8000-000000000001';

const page = {
  pipelines: [
    {
      namespace: 'default',
      layer: 'silver',
      name: 'orders',
      health: {
        runs: [
          {
            id: RUN,
            status: 'running',
            created_at: '2026-11-29T14:00:00Z',
            duration_ms: null,
            disposition: null,
          },
        ],
        p50_ms: null,
        p95_ms: null,
        tests: null,
      },
    },
  ],
  total: 1,
} as unknown as PipelinePage;

function change(run_id: string, status: 'running' | 'failed') {
  return {
    run_id,
    namespace: 'default',
    layer: 'silver',
    pipeline: 'orders',
    seq: 3,
    attempt: 1,
    timestamp: '2026-11-29T14:00:05Z',
    status,
    rows_written: null,
    duration_ms: status === 'failed' ? 900 : null,
    error: null,
  } as const;
}

test('a run changes in its place in the strip of its pipeline, and an ended one stays as it is', () => {
  const ended = patchHealth(page, [change(RUN, 'failed')]);
  expect(ended.pipelines[0]?.health?.runs[0]).toMatchObject({ status: 'failed', duration_ms: 900 });
  expect(patchHealth(ended, [change(RUN, 'running')])).toBe(ended);
});

test('a list is read again only when one of its pipelines has a run that it does not know, or one that failed', () => {
  const other = '00000000-0000-4000-8000-000000000002';
  expect(mustReread(page, [change(RUN, 'running')])).toBe(false);
  // The rows of a failed run may wait for a decision, which is not in an event.
  expect(mustReread(page, [change(RUN, 'failed')])).toBe(true);
  expect(mustReread(page, [change(other, 'running')])).toBe(true);
  expect(mustReread(page, [{ ...change(other, 'running'), pipeline: 'items' }])).toBe(false);
});
