import { expect, test } from '@jest/globals';
import { postEvent } from './post-event.ts';
import type { LineageEvent } from './to-event.ts';

test('the error of a receiver out of reach names the reason, and not its address', async () => {
  const receiver = { url: 'http://127.0.0.1:1/secret-path', apiKey: 'the-key' };
  const sent = postEvent(receiver, {} as LineageEvent, new AbortController().signal);
  const error = await sent.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  expect(error).toHaveProperty('message', expect.stringMatching('^the receiver is out of reach: '));
  expect(error).not.toHaveProperty('cause');
  expect((error as Error).message).not.toMatch(/127|secret|key/);
});
