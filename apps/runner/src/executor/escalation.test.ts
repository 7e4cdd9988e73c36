import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Escalation } from './escalation.ts';

test('a process that does not stop gets SIGTERM, and then SIGKILL', async () => {
  const signals: string[] = [];
  const killed = new Promise<void>((resolve) => {
    const escalation = new Escalation((signal) => {
      signals.push(signal);
      if (signal === 'SIGKILL') resolve();
    }, 10);
    escalation.start();
  });
  await killed;
  expect(signals).toEqual(['SIGTERM', 'SIGKILL']);
});

test('an answer that arrived while this process was busy is read before the first signal', async () => {
  const signals: string[] = [];
  const escalation = new Escalation((signal) => signals.push(signal), 50);
  const other = spawn('sh', ['-c', 'sleep 0.1; echo stopped'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const answered = new Promise<void>((resolve) => {
    other.stdout.once('data', () => {
      escalation.stop();
      resolve();
    });
  });
  escalation.start();
  // After the work of `setImmediate`, Node looks at its timers before it reads from pipes.
  await new Promise(setImmediate);
  const until = performance.now() + 500;
  while (performance.now() < until);
  await answered;
  await pause(200);
  expect(signals).toEqual([]);
});
