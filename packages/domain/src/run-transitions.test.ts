import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RUN_EVENT_KINDS, RUN_TRANSITIONS } from './run-transitions.ts';
import { isTerminal, RUN_STATUSES, type RunStatus } from './run-status.ts';

describe('run transitions', () => {
  test('a terminal run refuses every event', () => {
    for (const status of RUN_STATUSES.filter(isTerminal)) {
      for (const event of RUN_EVENT_KINDS) expect(RUN_TRANSITIONS[status][event]).toBe('refused');
    }
  });

  test('every status that is not terminal can be cancelled', () => {
    for (const status of RUN_STATUSES.filter((one) => !isTerminal(one))) {
      expect(RUN_TRANSITIONS[status].cancel).toBe('cancelled');
    }
  });

  test('every status can be reached from pending', () => {
    const reached = new Set<RunStatus>(['pending']);
    for (const status of reached) {
      for (const next of Object.values(RUN_TRANSITIONS[status])) {
        if (next !== 'refused') reached.add(next);
      }
    }
    expect([...reached].sort()).toEqual([...RUN_STATUSES].sort());
  });

  test('no sequence of events leaves a terminal status or skips running on the way to success', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...RUN_EVENT_KINDS), { maxLength: 30 }), (events) => {
        let status: RunStatus = 'pending';
        for (const event of events) {
          const next: RunStatus | 'refused' = RUN_TRANSITIONS[status][event];
          if (isTerminal(status)) expect(next).toBe('refused');
          if (next === 'success' || next === 'failed') expect(status).toBe('running');
          if (next !== 'refused') status = next;
        }
      }),
    );
  });
});
