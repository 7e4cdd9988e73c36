import { expect, test } from '@jest/globals';
import { triggerLabel } from './trigger.ts';

test('a run shows the label that its sender chose, and otherwise the kind of its trigger', () => {
  expect(triggerLabel({ kind: 'api', label: 'schedule:hourly' })).toBe('schedule:hourly');
  expect(triggerLabel({ kind: 'schedule', label: 'schedule:daily' })).toBe('schedule:daily');
  for (const kind of ['manual', 'rerun', 'reproduce', 'tests', 'maintenance'] as const) {
    expect(triggerLabel({ kind })).toBe(kind);
  }
});
