import { describe, expect, test } from '@jest/globals';
import { checkLineageEvent } from '@rat/testing';
import type { LineageMove } from '@rat/store';
import { eventType, toEvent } from './to-event.ts';

const MOVE: LineageMove = {
  cursor: { xid: 1n, position: 1n },
  runId: '0199f3a0-0000-7000-8000-000000000001',
  at: new Date('2026-11-29T10:00:00.000Z'),
  status: 'success',
  attempt: 1,
  kind: 'pipeline',
  namespace: 'default',
  layer: 'gold',
  pipeline: 'sales',
  hasStarted: true,
  inputSnapshots: { 'default.silver.orders': '42' },
  zones: ['uploads'],
  outputSnapshotId: '77',
  rowsWritten: 12,
  bytesWritten: 4_096,
  error: undefined,
  interval: undefined,
};

const CONTEXT = {
  namespace: 'rat',
  version: '1.2.3',
  columns: new Map([
    ['default.gold.sales', [{ name: 'n', type: 'long' }]],
    ['default.silver.orders', [{ name: 'id', type: 'int' }]],
  ]),
};

describe('eventType', () => {
  test.each([
    ['the first start', { status: 'running' }, 'START'],
    ['a later attempt', { status: 'running', attempt: 2 }, undefined],
    ['a return to the queue', { status: 'pending' }, undefined],
    ['a success', { status: 'success' }, 'COMPLETE'],
    ['a failure', { status: 'failed' }, 'FAIL'],
    ['a cancel', { status: 'cancelled' }, 'ABORT'],
    ['a cancel in the queue', { status: 'cancelled', hasStarted: false }, undefined],
    ['a maintenance run', { kind: 'maintenance' }, undefined],
    ['an audit', { kind: 'audit' }, undefined],
  ] as const)('%s is the right event', (_what, change, type) => {
    expect(eventType({ ...MOVE, ...change })).toBe(type);
  });
});

describe('toEvent', () => {
  test('a success has its inputs, its output, their versions and columns, and the rows written', () => {
    const event = toEvent(MOVE, 'COMPLETE', CONTEXT);
    expect(checkLineageEvent(event)).toEqual([]);
    expect(event).toMatchObject({
      eventType: 'COMPLETE',
      eventTime: '2026-11-29T10:00:00.000Z',
      run: { runId: MOVE.runId },
      job: { namespace: 'rat', name: 'default.gold.sales' },
      inputs: [
        {
          namespace: 'rat',
          name: 'default.silver.orders',
          facets: {
            schema: { fields: [{ name: 'id', type: 'int' }] },
            version: { datasetVersion: '42' },
          },
        },
        { name: 'default.landing.uploads', facets: {} },
      ],
      outputs: [
        {
          name: 'default.gold.sales',
          facets: {
            schema: { fields: [{ name: 'n', type: 'long' }] },
            version: { datasetVersion: '77' },
          },
          outputFacets: { outputStatistics: { rowCount: 12, size: 4_096 } },
        },
      ],
    });
  });

  test('a start names the output alone', () => {
    const event = toEvent({ ...MOVE, status: 'running' }, 'START', CONTEXT);
    expect(checkLineageEvent(event)).toEqual([]);
    expect(event.inputs).toEqual([]);
    expect(event.outputs[0]?.facets['version']).toBeUndefined();
  });

  test('a failure has its message, and no version or rows', () => {
    const event = toEvent({ ...MOVE, error: 'no such column' }, 'FAIL', CONTEXT);
    expect(checkLineageEvent(event)).toEqual([]);
    expect(event.run.facets['errorMessage']).toMatchObject({ message: 'no such column' });
    expect(event.outputs[0]?.outputFacets).toEqual({});
    expect(event.outputs[0]?.facets['version']).toBeUndefined();
  });

  test('a scheduled run has its nominal time', () => {
    const interval = { start: new Date(0), end: new Date(3_600_000) };
    const event = toEvent({ ...MOVE, interval }, 'COMPLETE', CONTEXT);
    expect(checkLineageEvent(event)).toEqual([]);
    expect(event.run.facets['nominalTime']).toMatchObject({
      nominalStartTime: '1970-01-01T00:00:00.000Z',
      nominalEndTime: '1970-01-01T01:00:00.000Z',
    });
  });

  test('an event with a wrong field is found by the check', () => {
    const event = toEvent(MOVE, 'COMPLETE', CONTEXT);
    expect(checkLineageEvent({ ...event, eventTime: 'today' })).toHaveLength(1);
    expect(checkLineageEvent({ ...event, run: {} })).toHaveLength(1);
  });
});
