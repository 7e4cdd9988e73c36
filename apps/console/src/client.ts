import { RatClient, RatError, UnauthenticatedError } from '@rat/client';
import { QueryCache, QueryClient } from '@tanstack/react-query';

/** Its own answers name who is signed in. They are no sign of a session that has ended. */
const SESSION_PATH = '/api/v1/session';

/** The API that serves this page. The session's cookie signs each request in. */
export const rat = new RatClient({
  baseUrl: location.origin,
  retries: 1,
  // This sees every request: lists, actions, and the streams of logs.
  fetch: async (...request) => {
    const answer = await fetch(...request);
    if (answer.status === 401 && new URL(answer.url).pathname !== SESSION_PATH) noteEndedSession();
    return answer;
  },
});

/** The key under which the session is cached. */
export const SESSION_KEY = ['session'] as const;

/** Answers of the API by their requests. Events keep runs fresh, so a list is not requested again without need. */
export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (error instanceof UnauthenticatedError && query.queryKey[0] !== SESSION_KEY[0])
        noteEndedSession();
    },
  }),
  defaultOptions: {
    queries: {
      // The client has its own retries.
      retry: false,
      staleTime: 30_000,
      refetchOnWindowFocus: false,
    },
  },
});

let isHeld = false;

/** Holds the page while it shows a token that nothing shows again: the form to sign in would take its place. */
export function holdPage(hold: boolean): void {
  isHeld = hold;
  if (!hold) noteEndedSession();
}

/** Reads the session again after a request was refused for want of one: it has ended for every screen. */
export function noteEndedSession(): void {
  if (isHeld) return;
  void queries.invalidateQueries({ queryKey: SESSION_KEY }, { cancelRefetch: false });
}

/** The message of an error for a person, in the words of the API. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The id under which the API has logged the request. */
export function requestIdOf(error: unknown): string | undefined {
  return error instanceof RatError ? error.requestId : undefined;
}
