import { describe, expect, test } from '@jest/globals';
import { findStreamFaults } from './follow-run.ts';

const run = { status: 'success', lastSeq: 3 };
const whole = { seqs: [1, 2, 3], statuses: ['pending', 'running', 'success'], ended: true };

describe('what a client has seen of a stream', () => {
  test('is right when it is all, once, in order', () => {
    expect(findStreamFaults(whole, run)).toEqual([]);
  });

  test.each([
    ['a gap', { seqs: [1, 3, 4] }],
    ['an event that came twice', { seqs: [1, 2, 2] }],
    ['an early end', { seqs: [1, 2] }],
    ['no end', { ended: false }],
    ['another end than the run has', { statuses: ['pending', 'running', 'failed'] }],
    ['two ends', { statuses: ['running', 'success', 'success'] }],
  ])('is wrong with %s', (_, change) => {
    expect(findStreamFaults({ ...whole, ...change }, run)).not.toEqual([]);
  });
});
