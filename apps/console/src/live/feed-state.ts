import { useSyncExternalStore } from 'react';
import type { FeedEvent } from '@rat/client';
import { noteEndedSession, queries } from '../client.ts';
import type { FeedLink, FeedMessage } from './feed-message.ts';
import { openFeed } from './open-feed.ts';
import { patchRuns, type RunSummary } from './patch-run.ts';

/** What the frame shows of the feed. */
export interface FeedState {
  link: FeedLink;
  /** Whether the page has been connected since it was opened. */
  hasBeenLive: boolean;
  /** When the connection was lost, in milliseconds. */
  lostAt: number | undefined;
}

/** The keys of queries whose answers have `runs`, by their first part. */
const RUN_LISTS = 'runs';

/** A hidden tab paints no frames, and its cache must not fall behind for ever. */
const HIDDEN_EVERY_MS = 1_000;

let state: FeedState = { link: 'connecting', hasBeenLive: false, lostAt: Date.now() };
let waiting: FeedEvent[] = [];
let isScheduled = false;
const stateListeners = new Set<() => void>();
const eventListeners = new Set<(events: readonly FeedEvent[]) => void>();

function onMessage(message: FeedMessage): void {
  if (message.kind === 'link') {
    changeLink(message.link);
    return;
  }
  waiting.push(message.event);
  if (isScheduled) return;
  isScheduled = true;
  if (document.hidden) setTimeout(flush, HIDDEN_EVERY_MS);
  else requestAnimationFrame(flush);
}

function changeLink(link: FeedLink): void {
  if (link === state.link) return;
  const isFirst = link === 'live' && !state.hasBeenLive;
  state = {
    link,
    // The feed misses what happens until a person signs in again, so it then begins anew.
    hasBeenLive: link !== 'signed-out' && (state.hasBeenLive || isFirst),
    lostAt: link === 'live' ? undefined : (state.lostAt ?? Date.now()),
  };
  for (const listener of stateListeners) listener();
  if (link === 'signed-out') noteEndedSession();
  // What changed before the first event is known only to the API.
  if (isFirst) void queries.invalidateQueries({ queryKey: [RUN_LISTS] });
}

/** Changes the cache once for all events of a frame. */
function flush(): void {
  isScheduled = false;
  const events = waiting;
  waiting = [];
  const changes = events.map(({ data }) => data);
  queries.setQueriesData<{ runs: readonly RunSummary[] }>({ queryKey: [RUN_LISTS] }, (page) => {
    if (page?.runs === undefined) return page;
    const runs = patchRuns(page.runs, changes);
    return runs === page.runs ? page : { ...page, runs };
  });
  for (const listener of eventListeners) listener(events);
}

/** Follows the feed for this tab. Returns what ends that. */
export function startFeed(): () => void {
  return openFeed(onMessage);
}

function subscribe(listener: () => void): () => void {
  stateListeners.add(listener);
  return () => stateListeners.delete(listener);
}

export function useFeedState(): FeedState {
  return useSyncExternalStore(subscribe, () => state);
}

/** Calls `listener` with the events of each frame, after the cache has them. Returns what ends that. */
export function onFeedEvents(listener: (events: readonly FeedEvent[]) => void): () => void {
  eventListeners.add(listener);
  return () => eventListeners.delete(listener);
}
