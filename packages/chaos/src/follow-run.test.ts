import { describe, expect, test } from '@jest/globals';
import { findStreamFaults } from './follow-run.ts';

const run = { status: 'success', lastSeq: 3 };
const whole = { seqs: [1, 2, 3], statuses: ['pending', 'running', 'success'], ended: true };

describe('what a client has seen of a stream', () => {
  test('a stream with each event once and in order has no fault', () => {
    expect(findStreamFaults(whole, run)).toEqual([]);
  });

  test.each([
    ['a gap', { seqs: [1, 3, 4] }],
    ['an event that is sent twice', { seqs: [1, 2, 2] }],
    ['an early end', { seqs: [1, 2] }],
    ['no end', { ended: false }],
    ['a wrong checksum', { damage: 'the log is incomplete' }],
    ['an end that differs from the run’s', { statuses: ['pending', 'running', 'failed'] }],
    ['two ends', { statuses: ['running', 'success', 'success'] }],
  ])('a stream with %s is a fault', (_, change) => {
    expect(findStreamFaults({ ...whole, ...change }, run)).not.toEqual([]);
  });
});
