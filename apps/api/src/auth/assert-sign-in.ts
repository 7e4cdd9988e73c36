import { coerceError, retryFor, type Logger } from '@rat/runtime';
import { isDatabaseDown } from '@rat/store';
import { leadsToLoopback } from '../http/leads-to-loopback.ts';
import type { SignIn } from './sign-in.ts';

/** How long a starting API waits for the database to say whether there is a token. */
const PATIENCE_MS = 60_000;

/** The settings do not go together; `message` is for the operator. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

/**
 * Throws SettingsError when other machines could reach the API at `host` and everybody may do everything. Without a database
 * it waits: it never opens the address on a guess.
 */
export async function assertSignIn(signIn: SignIn, host: string, log: Logger): Promise<void> {
  if (await leadsToLoopback(host)) return;
  const isOn = await retryFor(() => signIn.isOn(), {
    forMs: PATIENCE_MS,
    everyMs: 1_000,
    onError: (error) => {
      if (!isDatabaseDown(error)) throw error;
      log.warn({ err: coerceError(error) }, 'waiting for the database');
    },
  });
  if (!isOn) {
    throw new SettingsError(
      `HOST is ${host}, where other machines reach the API, and sign-in is off: everybody could do everything. ` +
        'Set RAT_ADMIN_TOKEN (or RAT_ADMIN_TOKEN_FILE), which turns sign-in on; or set HOST to 127.0.0.1.',
    );
  }
  log.warn(
    { host },
    'tokens reach this address in clear text: put a proxy with TLS in front of it',
  );
}
