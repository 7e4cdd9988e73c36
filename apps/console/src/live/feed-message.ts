import type { FeedEvent } from '@rat/client';

/** Whether status changes arrive. `signed-out`: they never will, until a person signs in again. */
export type FeedLink = 'connecting' | 'live' | 'signed-out';

/** What the worker of the feed sends to each tab. */
export type FeedMessage = { kind: 'event'; event: FeedEvent } | { kind: 'link'; link: FeedLink };

/** What a tab sends to the worker: it wants the feed, or wants it no more. */
export type TabMessage = 'open' | 'close';
