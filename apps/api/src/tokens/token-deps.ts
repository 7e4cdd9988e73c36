import type { Database } from '@rat/store';
import type { SignIn } from '../auth/sign-in.ts';

/** Dependencies of the routes of tokens and sessions. */
export interface TokenDeps {
  db: Database;
  signIn: SignIn;
}
