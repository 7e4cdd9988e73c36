import { expect, test } from '@jest/globals';
import { triggerKind } from './trigger-kind.ts';

const REQUEST = {
  kind: 'pipeline',
  trigger: 'manual',
  sourceKind: undefined,
  isRerun: false,
  isReproduction: false,
} as const;

test.each([
  ['manual', REQUEST],
  ['api', { ...REQUEST, trigger: 'nightly' }],
  ['schedule', { ...REQUEST, trigger: 'daily', sourceKind: 'schedule' }],
  ['other', { ...REQUEST, trigger: 'x', sourceKind: 'of a later version' }],
  ['rerun', { ...REQUEST, trigger: 'rerun', isRerun: true }],
  ['reproduce', { ...REQUEST, trigger: 'reproduce', isRerun: true, isReproduction: true }],
  ['tests', { ...REQUEST, kind: 'audit', trigger: 'tests' }],
  ['maintenance', { ...REQUEST, kind: 'maintenance', trigger: 'maintenance' }],
] as const)('a run of the kind %s is found as such', (kind, run) => {
  expect(triggerKind(run)).toBe(kind);
});

test('a label of a client that reads like a kind stays a label', () => {
  expect(triggerKind({ ...REQUEST, trigger: 'schedule' })).toBe('api');
});
