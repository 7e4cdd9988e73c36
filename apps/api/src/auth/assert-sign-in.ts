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

/** The settings that decide who reaches the API. */
export type ReachSettings = Record<
  'HOST' | 'RAT_TRUST_PROXY' | 'RAT_ALLOWED_HOSTS' | 'RAT_CORS_ORIGINS',
  string
>;

/**
 * Throws SettingsError when other machines could reach the API at HOST and everybody may do everything. Without a database
 * it waits: it never opens the address on a guess. On loopback it warns of settings that suggest a proxy, which would open
 * the API to other machines.
 */
export async function assertSignIn(
  signIn: SignIn,
  settings: ReachSettings,
  log: Logger,
): Promise<void> {
  const { HOST: host } = settings;
  if (await leadsToLoopback(host)) {
    await warnOfProxy(signIn, settings, log);
    return;
  }
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

/** An API whose database is not reached yet is not warned of: it answers no request either. */
async function warnOfProxy(signIn: SignIn, settings: ReachSettings, log: Logger): Promise<void> {
  const variables = namesOfProxy(settings);
  if (variables.length === 0) return;
  const isOn = await signIn.isOn().catch(() => true);
  if (isOn) return;
  log.warn(
    { variables },
    'sign-in is off, and these settings are for other machines or pages: everybody who reaches this API through a proxy may do everything; set RAT_ADMIN_TOKEN (or RAT_ADMIN_TOKEN_FILE)',
  );
}

/** The settings that only an API has which is called from other machines or by pages of other sites. */
function namesOfProxy(settings: ReachSettings): string[] {
  const { RAT_TRUST_PROXY, RAT_ALLOWED_HOSTS, RAT_CORS_ORIGINS } = settings;
  const isSet = {
    RAT_TRUST_PROXY: RAT_TRUST_PROXY !== '0',
    RAT_ALLOWED_HOSTS: RAT_ALLOWED_HOSTS !== '',
    RAT_CORS_ORIGINS: RAT_CORS_ORIGINS !== '',
  };
  return Object.entries(isSet).flatMap(([name, is]) => (is ? [name] : []));
}
