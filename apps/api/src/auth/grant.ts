import type { Principal } from '@rat/domain';
import type { GrantSource } from '@rat/store';

/** The right of a principal, and where it comes from. */
export interface Grant {
  principal: Principal;
  source: GrantSource;
  /** The hash of the session behind it: of a request with a cookie, or with a ticket that was made in a session. */
  session: Buffer | undefined;
  /** Whether a browser has added the credential by itself, as it does with a cookie. */
  isByCookie: boolean;
  /** When the token or the session ends by itself. */
  expiresAt: Date | undefined;
}
