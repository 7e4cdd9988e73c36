import { expect, test } from '@jest/globals';
import { Gate } from '@rat/testing';
import { Semaphore } from './semaphore.ts';

test('a semaphore runs at most as many calls at once as its count, in their order', async () => {
  const slots = new Semaphore(2);
  const gates = Array.from({ length: 4 }, () => new Gate());
  const begun: number[] = [];
  const all = gates.map((gate, n) =>
    slots.use(async () => {
      begun.push(n);
      await gate.opened;
    }),
  );
  expect(begun).toEqual([0, 1]);
  gates[1]?.open();
  await all[1];
  await Promise.resolve();
  expect(begun).toEqual([0, 1, 2]);
  for (const gate of gates) gate.open();
  await Promise.all(all);
  expect(begun).toEqual([0, 1, 2, 3]);
});

test('a call that waits when the semaphore stops returns without running its work', async () => {
  const slots = new Semaphore(1);
  const gate = new Gate();
  let done = 0;
  const first = slots.use(() => gate.opened);
  const second = slots.use(async () => void (done += 1));
  slots.stop();
  await second;
  gate.open();
  await first;
  await slots.use(async () => void (done += 1));
  expect(done).toBe(0);
});
