import type { ViewUser } from '@rat/domain';
import { findCaller } from '../http/caller.ts';
import { parseRequestedBy, type SentRequest } from '../http/requested-by.ts';

/** Whose views a request is about. While sign-in is off, that is whom the request names, who may do everything. */
export function viewUserOf(req: SentRequest): ViewUser {
  const name = parseRequestedBy(req);
  return findCaller(req)?.principal ?? { name, role: 'admin', namespaces: undefined };
}
