import type { Principal } from '@rat/domain';
import type { GrantSource } from '@rat/store';

/** The right of a principal, and where it comes from. */
export interface Grant {
  principal: Principal;
  source: GrantSource;
  /** The hash of the session, for a request with a cookie. */
  session: Buffer | undefined;
  /** When the token or the session ends by itself. */
  expiresAt: Date | undefined;
}
