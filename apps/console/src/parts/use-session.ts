import type { AnswerOf } from '@rat/contracts';
import { useQuery } from '@tanstack/react-query';
import { SESSION } from '../session.ts';

/** Who uses the console. Screens are shown only once it is known. */
export function useSession(): AnswerOf<'getSession'> | undefined {
  return useQuery(SESSION).data;
}
