import type { SessionAnswer } from '@rat/contracts';
import type { Grant } from '../auth/grant.ts';

/** Without a grant, sign-in is off. */
export function presentSession(
  grant: Pick<Grant, 'principal' | 'expiresAt'> | undefined,
): SessionAnswer {
  return {
    sign_in: grant !== undefined,
    name: grant?.principal.name ?? null,
    role: grant?.principal.role ?? 'admin',
    namespaces: grant?.principal.namespaces?.slice() ?? null,
    expires_at: grant?.expiresAt?.toISOString() ?? null,
  };
}
