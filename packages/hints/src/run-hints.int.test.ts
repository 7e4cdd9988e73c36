import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunHint } from '@rat/contracts';
import { createLogger } from '@rat/runtime';
import {
  backends,
  createTestDatabase,
  eventually,
  bestOf,
  FaultProxy,
  testRedisUrl,
  type TestDatabase,
} from '@rat/testing';
import { openRunHints, type RunHints } from './index.ts';

const log = createLogger('test', { level: 'silent' });

describe.each(backends())('hints on %s', (backend) => {
  let database: TestDatabase;
  let proxy: FaultProxy;
  const open: RunHints[] = [];

  function openHints(channel: string): RunHints {
    const url = proxy.through((backend === 'redis' ? testRedisUrl() : undefined) ?? database.url);
    const hints = openRunHints({ connection: { kind: backend, url }, channel, log });
    open.push(hints);
    return hints;
  }

  function listen(hints: RunHints): { heard: RunHint[]; gaps: () => number; stop: () => void } {
    const heard: RunHint[] = [];
    let gaps = 0;
    const stop = hints.subscribe({ onHint: (hint) => heard.push(hint), onGap: () => (gaps += 1) });
    return { heard, gaps: () => gaps, stop };
  }

  function moved(seq: number): RunHint {
    return { kind: 'moved', runId: randomUUID(), seq, status: 'running' };
  }

  beforeAll(async () => {
    database = await createTestDatabase();
    proxy = await FaultProxy.open(
      (backend === 'redis' ? testRedisUrl() : undefined) ?? database.url,
    );
  });
  afterEach(async () => {
    await proxy.heal();
    await Promise.all(open.splice(0).map((hints) => hints.close()));
  });
  afterAll(async () => {
    await proxy.close();
    await database.close();
  });

  test('a hint reaches every listener of its channel and no listener of another channel', async () => {
    const [sender, other] = [openHints('here'), openHints('elsewhere')];
    const [near, far] = [listen(sender), listen(other)];
    await eventually('both are subscribed', () => near.gaps() > 0 && far.gaps() > 0);
    const hint = moved(1);
    await eventually('the hint arrives', async () => {
      await sender.publish(hint);
      return near.heard.length > 0;
    });
    expect(near.heard[0]).toEqual(hint);
    await other.publish(moved(2));
    await eventually('the other hint arrives', () => far.heard.length > 0);
    expect(far.heard).toMatchObject([{ seq: 2 }]);
  });

  test('a listener gets a gap notice after its connection broke, and receives later hints', async () => {
    const hints = openHints('broken');
    const ear = listen(hints);
    await eventually('it is subscribed', () => ear.gaps() > 0);
    const before = ear.gaps();
    await proxy.refuse();
    proxy.kill();
    await hints.publish(moved(1));
    await proxy.heal();
    await eventually('the gap is told', () => ear.gaps() > before);
    await eventually('a later hint arrives', async () => {
      await hints.publish(moved(2));
      return ear.heard.some((hint) => hint.kind === 'moved' && hint.seq === 2);
    });
  });

  test('publishing during an outage neither throws nor waits for the end of the outage', async () => {
    const hints = openHints('outage');
    const ear = listen(hints);
    await eventually('it is subscribed', () => ear.gaps() > 0);
    proxy.blackhole();
    const took = await bestOf({ times: 3, enough: 2_500 }, async () => {
      const before = performance.now();
      await hints.publish(moved(1));
      return performance.now() - before;
    });
    expect(took).toBeLessThan(2_500);
  });

  test('a listener receives no hints after it unsubscribed', async () => {
    const hints = openHints('left');
    const [stays, leaves] = [listen(hints), listen(hints)];
    await eventually('they are subscribed', () => stays.gaps() > 0);
    leaves.stop();
    await eventually('the hint arrives', async () => {
      await hints.publish(moved(1));
      return stays.heard.length > 0;
    });
    expect(leaves.heard).toEqual([]);
  });
});
