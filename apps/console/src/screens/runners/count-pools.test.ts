import { expect, test } from '@jest/globals';
import { countPools } from './count-pools.ts';

const runner = {
  id: 'a',
  host: 'h',
  pid: 1,
  version: '0.1.0',
  pools: ['default'],
  slots: 4,
  slots_used: 1,
  draining: false,
  started_at: '2026-11-29T14:00:00Z',
  last_heartbeat_at: '2026-11-29T14:00:00Z',
  runs: [],
};

test('a pool that runs wait for and no runner serves is listed without slots', () => {
  expect(countPools([runner], ['heavy', 'default'])).toEqual([
    { name: 'default', runners: 1, slots: 4, slotsUsed: 1 },
    { name: 'heavy', runners: 0, slots: 0, slotsUsed: 0 },
  ]);
});

test('a runner that drains offers no slots, and its pool stays in the list', () => {
  const draining = { ...runner, id: 'b', pools: ['heavy', 'default'], draining: true };
  expect(countPools([runner, draining], [])).toEqual([
    { name: 'default', runners: 1, slots: 4, slotsUsed: 1 },
    { name: 'heavy', runners: 0, slots: 0, slotsUsed: 0 },
  ]);
});
