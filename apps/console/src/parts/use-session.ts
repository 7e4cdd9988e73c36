import type { AnswerOf } from '@rat/contracts';
import { useQuery } from '@tanstack/react-query';
import { rat, SESSION_KEY } from '../client.ts';

/** Who uses the console. Screens are shown only once it is known. */
export function useSession(): AnswerOf<'getSession'> | undefined {
  const { data } = useQuery({
    queryKey: SESSION_KEY,
    queryFn: ({ signal }) => rat.session.get({ signal }),
    staleTime: Infinity,
  });
  return data;
}
