import { RatClient, RatError, UnauthenticatedError } from '@rat/client';
import { QueryCache, QueryClient } from '@tanstack/react-query';

/** The API that serves this page. The session's cookie signs each request in. */
export const rat = new RatClient({ baseUrl: location.origin, retries: 1 });

/** The key under which the session is cached. */
export const SESSION_KEY = ['session'] as const;

/** Answers of the API by their requests. Events keep runs fresh, so a list is not requested again without need. */
export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      // A session that has ended ends for every screen.
      if (error instanceof UnauthenticatedError && query.queryKey[0] !== SESSION_KEY[0])
        void queries.invalidateQueries({ queryKey: SESSION_KEY });
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

/** What an error says to a person, in the words of the API. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The id under which the API has logged the request. */
export function requestIdOf(error: unknown): string | undefined {
  return error instanceof RatError ? error.requestId : undefined;
}
