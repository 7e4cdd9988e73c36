import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createLogger } from '@rat/runtime';
import { bestOf, eventually, FaultProxy, testRedisUrl } from '@rat/testing';
import { openRateCounters, type RateCounters } from './rate-counters.ts';

const log = createLogger('test', { level: 'silent' });
const opened: RateCounters[] = [];
afterEach(() => {
  for (const counters of opened.splice(0)) counters.close();
});

function open(prefix: string, redisUrl?: string): RateCounters {
  const counters = openRateCounters({ redisUrl, prefix, log });
  opened.push(counters);
  return counters;
}

const LIMIT = 3;

describe('a process without Redis', () => {
  test('counts each key for itself, and the one after the limit is over', async () => {
    const counters = open('alone');
    const states = [];
    for (let n = 0; n < 4; n += 1) states.push(await counters.take('requests', 'ada', LIMIT));
    expect(states.map(({ remaining, isOver }) => [remaining, isOver])).toEqual([
      [2, false],
      [1, false],
      [0, false],
      [0, true],
    ]);
    expect(states[3]?.resetMs).toBeGreaterThan(50_000);
    expect(await counters.look('requests', 'ben', LIMIT)).toMatchObject({ remaining: 3 });
    expect(await counters.take('runs', 'ada', LIMIT)).toMatchObject({ remaining: 2 });
  });
});

const url = testRedisUrl();
const describeRedis = url === undefined ? undefined : describe;
describeRedis?.('processes on one Redis', () => {
  /** Before the connection is up, a process counts alone. */
  async function openCommon(prefix: string, through = url): Promise<RateCounters> {
    const counters = open(prefix, through);
    const other = open(prefix, url);
    await eventually('both count in Redis', async () => {
      const key = randomUUID();
      await other.take('requests', key, LIMIT);
      return (await counters.look('requests', key, LIMIT)).remaining === LIMIT - 1;
    });
    return counters;
  }

  test('count together, and installations of other prefixes do not', async () => {
    const prefix = `t_${randomUUID().slice(0, 8)}`;
    const [one, two] = [await openCommon(prefix), await openCommon(prefix)];
    const stranger = await openCommon(`${prefix}x`);
    await one.take('requests', 'ada', LIMIT);
    await two.take('requests', 'ada', LIMIT);
    expect(await one.look('requests', 'ada', LIMIT)).toMatchObject({ remaining: 1 });
    expect(await stranger.look('requests', 'ada', LIMIT)).toMatchObject({ remaining: 3 });
    const all = Array.from({ length: 20 }, () => two.take('requests', 'ada', LIMIT));
    expect((await Promise.all(all)).filter(({ isOver }) => !isOver)).toHaveLength(1);
  });

  test('go on alone and without delay while Redis is silent', async () => {
    const proxy = await FaultProxy.open(url ?? '');
    try {
      const counters = await openCommon(`t_${randomUUID().slice(0, 8)}`, proxy.through(url ?? ''));
      proxy.blackhole();
      expect(await counters.take('requests', 'ada', LIMIT)).toMatchObject({ remaining: 2 });
      const ms = await bestOf({ times: 3, enough: 50 }, async () => {
        const began = performance.now();
        await counters.take('requests', 'ben', LIMIT);
        return performance.now() - began;
      });
      expect(ms).toBeLessThan(50);
    } finally {
      await proxy.close();
    }
  });
});
