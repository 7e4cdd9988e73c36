import type { AnswerOf } from '@rat/contracts';
import { queryOptions } from '@tanstack/react-query';
import { queries, rat, SESSION_KEY } from './client.ts';
import { keepFor } from './parts/kept-for-person.ts';

/** Who uses the console. */
export const SESSION = queryOptions({
  queryKey: SESSION_KEY,
  queryFn: ({ signal }) => readSession(signal),
  staleTime: Infinity,
  // A person who signs in again in one tab is signed in to all. Each sees it once it is looked at.
  refetchOnWindowFocus: ({ state }) => (state.status === 'error' ? 'always' : false),
});

async function readSession(signal: AbortSignal): Promise<AnswerOf<'getSession'>> {
  const session = await rat.session.get({ signal });
  keepFor(session.sign_in ? (session.name ?? undefined) : undefined);
  const former = queries.getQueryData<AnswerOf<'getSession'>>(SESSION_KEY);
  if (former === undefined || former.name === session.name) return session;
  beginAnew();
  // Nothing is shown to the next person before the page has loaded again.
  return new Promise(() => undefined);
}

/** Loads the page again, without the answers for the person who used it. Texts are kept for each person apart. */
export function beginAnew(): void {
  queries.clear();
  location.reload();
}
