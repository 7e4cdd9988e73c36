import { RatClient, UnauthenticatedError } from '@rat/client';
import type { FeedMessage } from './feed-message.ts';

/** The pause after an error that no reconnect of the client mends. */
const PAUSE_MS = 5_000;

/**
 * Follows the status changes of all runs that the person may see, until `signal` aborts or the session has ended. A lost
 * connection resumes after the last event.
 */
export async function followFeed(options: {
  baseUrl: string;
  signal: AbortSignal;
  send: (message: FeedMessage) => void;
}): Promise<void> {
  const { baseUrl, signal, send } = options;
  const rat = new RatClient({
    baseUrl,
    signal,
    // The client reconnects by itself; this sees when it does.
    fetch: async (...args) => {
      send({ kind: 'link', link: 'connecting' });
      const answer = await fetch(...args);
      if (answer.ok) send({ kind: 'link', link: 'live' });
      return answer;
    },
  });
  let after: string | undefined;
  while (!signal.aborted) {
    try {
      for await (const event of rat.events({ after })) {
        after = event.id;
        send({ kind: 'event', event });
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof UnauthenticatedError) {
        send({ kind: 'link', link: 'signed-out' });
        return;
      }
      send({ kind: 'link', link: 'connecting' });
    }
    await new Promise((resolve) => {
      setTimeout(resolve, PAUSE_MS);
    });
  }
}
