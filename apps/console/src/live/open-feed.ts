import { trustedUrl } from '../trusted-url.ts';
import type { FeedMessage, TabMessage } from './feed-message.ts';
// oxlint-disable-next-line import/default -- Vite makes the address of the built worker
import workerUrl from './feed-worker.ts?sharedworker&url';
import { followFeed } from './follow-feed.ts';

/**
 * Calls `onMessage` for each status change and each change of the connection, until the function that it returns is called. The
 * tabs of a browser share one stream; a browser without shared workers opens one for each tab.
 */
export function openFeed(onMessage: (message: FeedMessage) => void): () => void {
  if (typeof SharedWorker === 'undefined') {
    const control = new AbortController();
    const { signal } = control;
    void followFeed({ baseUrl: location.origin, signal, send: onMessage });
    return () => control.abort();
  }
  const { port } = new SharedWorker(trustedUrl(workerUrl), { type: 'module' });
  const send = (message: TabMessage): void => port.postMessage(message);
  port.addEventListener('message', ({ data }: MessageEvent<FeedMessage>) => onMessage(data));
  port.start();
  send('open');
  // A tab that is closed says nothing by itself, and a port does not tell its end.
  const leave = (): void => send('close');
  const back = ({ persisted }: PageTransitionEvent): void => {
    if (persisted) send('open');
  };
  window.addEventListener('pagehide', leave);
  window.addEventListener('pageshow', back);
  return () => {
    window.removeEventListener('pagehide', leave);
    window.removeEventListener('pageshow', back);
    leave();
    port.close();
  };
}
