import type { FeedLink, FeedMessage, TabMessage } from './feed-message.ts';
import { followFeed } from './follow-feed.ts';

// One worker holds the event stream of all tabs: a browser opens six connections to a host, and a stream for each tab would use
// them up.

/** The global scope of a shared worker, whose types are not those of a page. */
const scope = globalThis as unknown as {
  addEventListener: (type: 'connect', listener: (event: MessageEvent) => void) => void;
};

const ports = new Set<MessagePort>();
let link: FeedLink = 'connecting';
let following: AbortController | undefined;

function tell(message: FeedMessage): void {
  if (message.kind === 'link') link = message.link;
  for (const port of ports) port.postMessage(message);
}

function start(): void {
  if (following !== undefined) return;
  const control = new AbortController();
  following = control;
  // A person has signed in again since the last stream ended.
  link = 'connecting';
  const feed = { baseUrl: location.origin, signal: control.signal, send: tell };
  void followFeed(feed).finally(() => {
    if (following === control) following = undefined;
  });
}

scope.addEventListener('connect', ({ ports: [port] }) => {
  if (port === undefined) return;
  port.addEventListener('message', ({ data }: MessageEvent<TabMessage>) => {
    if (data === 'open') {
      ports.add(port);
      start();
      port.postMessage({ kind: 'link', link } satisfies FeedMessage);
      return;
    }
    ports.delete(port);
    if (ports.size > 0) return;
    following?.abort();
    following = undefined;
  });
  port.start();
});
