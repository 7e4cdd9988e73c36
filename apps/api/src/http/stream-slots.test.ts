import { describe, expect, test } from '@jest/globals';
import { LimitError } from '@rat/domain';
import { StreamSlots } from './stream-slots.ts';

describe('StreamSlots', () => {
  test.each([
    ['the process', { total: 2, perClient: 9, perRun: 9 }, 'too many event streams'],
    ['a client', { total: 9, perClient: 2, perRun: 9 }, 'from this address'],
    ['a run', { total: 9, perClient: 9, perRun: 2 }, 'of this run'],
  ])('%s gets streams up to its limit, and another when one is released', (_, caps, message) => {
    const slots = new StreamSlots(caps);
    const stream = { client: 'a', runId: 'r' };
    const release = slots.take(stream);
    slots.take(stream);
    expect(() => slots.take(stream)).toThrow(LimitError);
    expect(() => slots.take(stream)).toThrow(message);
    release();
    slots.take(stream);
    expect(() => slots.take(stream)).toThrow(LimitError);
  });

  test('streams of one client or run do not count for another', () => {
    const slots = new StreamSlots({ total: 9, perClient: 1, perRun: 1 });
    slots.take({ client: 'a', runId: 'r' });
    slots.take({ client: 'b', runId: 's' });
    slots.take({ client: 'c' });
    expect(() => slots.take({ client: 'd', runId: 'r' })).toThrow(LimitError);
    expect(() => slots.take({ client: 'c', runId: 't' })).toThrow(LimitError);
  });
});
