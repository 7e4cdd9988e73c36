import { coerceError, envInteger, envVar, LOGGER_LEVELS } from '@rat/runtime';
import { tracesEnv } from '@rat/traces';
import { z } from 'zod';
import { parseGroupRoles } from './oidc/oidc-settings.ts';
import { isOriginList } from './http/allow-origins.ts';

const ADDRESS = /^(loopback|linklocal|uniquelocal|[0-9a-f.:]+(\/\d{1,3})?)$/i;

/**
 * Converts RAT_TRUST_PROXY to Express's `trust proxy`: a number of hops, or addresses; false for no
 * hop.
 */
export function toTrustProxy(text: string): number | string | false {
  return /^\d+$/.test(text) ? Number(text) || false : text;
}

const trustProxy = z
  .string()
  .refine(
    (text) => /^\d{1,2}$/.test(text) || text.split(',').every((part) => ADDRESS.test(part.trim())),
    'must be a number of proxies, or addresses separated by commas',
  );

const allowedHosts = z
  .string()
  .refine(
    (text) => text.split(',').every((part) => /^(?:\*|[\w.~:[\]-]*)$/.test(part.trim())),
    'must be * or names separated by commas',
  );

const origins = z
  .string()
  .refine(isOriginList, 'must be origins such as https://portal.example:3000, separated by commas');

/** It must fit into a header, and be no word that can be guessed. */
const longSecret = z
  .string()
  .regex(
    /^[\x21-\x7e]{32,1000}$/,
    'must be at least 32 printable ASCII characters without spaces; `openssl rand -hex 32` makes some',
  );

const rate = envInteger({ min: 0, max: 1_000_000_000 }).optional();

/** Without TLS everybody on the way to the provider could sign in as anybody. */
const issuer = z
  .url()
  .refine(
    (text) =>
      text.startsWith('https:') || /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]?/.test(text),
    'must begin with https://, unless the provider is on this machine',
  );

const origin = z
  .url()
  .refine(
    (text) => /^https?:\/\/[^/?#@]+\/?$/.test(text),
    'must be an address without a path, such as https://runs.example',
  );

const groupRoles = z.string().superRefine((text, context) => {
  try {
    if (parseGroupRoles(text).length === 0) context.addIssue('must name at least one group');
  } catch (error) {
    context.addIssue(coerceError(error).message);
  }
});

/** The environment variables of the API. The table in the documentation is generated from it. */
export const apiEnv = z.object({
  PORT: envVar(envInteger({ min: 0, max: 65_535 }).default(8080), 'Port of the API.'),
  HOST: envVar(
    z.string().default('127.0.0.1'),
    'Address that the API listens on. One that other machines reach needs sign-in.',
  ),
  RAT_ADMIN_TOKEN: envVar(
    longSecret.optional(),
    'Token of an administrator, at least 32 characters; it turns sign-in on. Set the same one at every API.',
  ),
  RAT_ADMIN_TOKEN_FILE: envVar(
    z.string().optional(),
    'File that holds `RAT_ADMIN_TOKEN`, read at start.',
  ),
  RAT_SECRET_KEY: envVar(
    longSecret.optional(),
    'Key that seals the secrets of webhooks in the database, at least 32 characters; the same at every API. `npm start` makes one and keeps it in `<RAT_HOME>/secret-key`; elsewhere webhooks with a signature need it.',
  ),
  RAT_SECRET_KEY_FILE: envVar(
    z.string().optional(),
    'File that holds `RAT_SECRET_KEY`, read at start.',
  ),
  RAT_OIDC_ISSUER: envVar(
    issuer.optional(),
    'Identity provider (OpenID Connect) at which people sign in, as `https://id.example`; it turns sign-in on.',
  ),
  RAT_OIDC_CLIENT_ID: envVar(
    z.string().min(1).optional(),
    'The client of this service at the identity provider.',
  ),
  RAT_OIDC_CLIENT_SECRET: envVar(
    z.string().min(1).optional(),
    'Its secret. Set the same one at every API.',
  ),
  RAT_OIDC_CLIENT_SECRET_FILE: envVar(
    z.string().optional(),
    'File that holds `RAT_OIDC_CLIENT_SECRET`, read at start.',
  ),
  RAT_OIDC_ROLES: envVar(
    groupRoles.optional(),
    'Roles of the groups of the identity provider, as `platform=admin,sales=operator:sales+sales_eu`: after a colon, the namespaces that the members are limited to.',
  ),
  RAT_OIDC_SCOPES: envVar(
    z.string().min(1).default('openid email groups'),
    'Scopes that are requested of the identity provider.',
  ),
  RAT_OIDC_GROUPS_CLAIM: envVar(
    z.string().min(1).default('groups'),
    'Claim of the identity provider that lists the groups of a person.',
  ),
  RAT_PUBLIC_URL: envVar(
    origin.optional(),
    'Address of this installation, as browsers reach it: `https://runs.example`. The identity provider sends people back to its path `/sign-in/oidc/callback`.',
  ),
  DATABASE_URL: envVar(z.url(), 'Postgres, where runs live.'),
  DATABASE_URL_FILE: envVar(
    z.string().optional(),
    'File that holds `DATABASE_URL`, read at start: other processes of the same user can read a variable.',
  ),
  REDIS_URL: envVar(
    z.url().optional(),
    'Redis for queue and hints; without it Postgres carries both.',
  ),
  REDIS_URL_FILE: envVar(z.string().optional(), 'File that holds `REDIS_URL`, read at start.'),
  RAT_MIGRATE: envVar(
    z.enum(['0', '1']).default('1'),
    '`1` applies pending migrations to the database at start; `0` leaves them to another replica. Processes of the version before may go on; stop older ones first.',
  ),
  RAT_CONSOLE: envVar(
    z.enum(['0', '1']).default('1'),
    '`1` serves the web console at `/console/` and sends browsers from `/` there; `0` turns it off.',
  ),
  RAT_DB_POOL: envVar(
    envInteger({ min: 1, max: 1_000 }).default(10),
    'Most connections that one API process opens to Postgres for its requests.',
  ),
  RAT_SSE_MAX: envVar(
    envInteger({ min: 1, max: 100_000 }).default(5_000),
    'Most event streams that one API process keeps open; further ones are answered 429.',
  ),
  RAT_SSE_MAX_PER_CLIENT: envVar(
    envInteger({ min: 1, max: 100_000 }).default(1_000),
    'Most of them for one address; behind a proxy, that is the proxy’s, unless `RAT_TRUST_PROXY` names it.',
  ),
  RAT_HTTP_HEADER_KB: envVar(
    envInteger({ min: 8, max: 1_024 }).default(16),
    'Most KB of the headers of a request; larger ones are answered 431.',
  ),
  RAT_HTTP_HEADER_SECONDS: envVar(
    envInteger({ min: 1, max: 600 }).default(20),
    'Time for the headers of a request to arrive, seconds; a connection that sends nothing is closed after it too.',
  ),
  RAT_HTTP_BODY_SECONDS: envVar(
    envInteger({ min: 1, max: 3_600 }).default(60),
    'Time for a body to arrive that is not an upload, seconds; a slower one is answered 408. An upload may take an hour while its bytes keep arriving.',
  ),
  RAT_HTTP_CONNECTIONS_MAX: envVar(
    envInteger({ min: 100, max: 1_000_000 }).default(10_000),
    'Most connections that one API process keeps open, event streams included; further ones are closed at once. The limit of open files of the process must be higher.',
  ),
  RAT_RATE_REQUESTS: envVar(
    rate,
    'Most requests of one principal a minute, and of one address without sign-in; a further one is answered 429. `0` is no limit. Default: 6000 with sign-in, none without.',
  ),
  RAT_RATE_RUNS: envVar(
    rate,
    'Most of these that make runs. Default: 600 with sign-in, none without.',
  ),
  RAT_RATE_ADDRESS: envVar(
    rate,
    'Most requests from one address a minute, counted before sign-in; behind a proxy, that is the proxy’s, unless `RAT_TRUST_PROXY` names it. Default: 12000 with sign-in, none without.',
  ),
  RAT_RATE_SIGN_IN_FAILURES: envVar(
    rate,
    'Most invalid tokens, sessions and tickets from one address a minute. Then only credentials that this API has seen valid are looked at. Default: 60 with sign-in.',
  ),
  RAT_TRUST_PROXY: envVar(
    trustProxy.default('0'),
    'Proxies whose `X-Forwarded-For` the API trusts: their number, or their addresses and subnets (`loopback`, `10.0.0.0/8`), separated by commas; `0` trusts none.',
  ),
  RAT_ALLOWED_HOSTS: envVar(
    allowedHosts.default(''),
    'Names that the API is called by, separated by commas; `*` is any. Addresses, `localhost` and `HOST` need no entry. A request to another name is answered 421.',
  ),
  RAT_CORS_ORIGINS: envVar(
    origins.default(''),
    'Origins such as `https://portal.example:3000`, separated by commas, whose pages may use the API from a browser; without them, only its own pages may.',
  ),
  RAT_SSE_MAX_PER_RUN: envVar(
    envInteger({ min: 1, max: 100_000 }).default(2_000),
    'Most of them for one run.',
  ),
  RAT_SSE_MAX_AGE_MINUTES: envVar(
    envInteger({ min: 1, max: 1_440 }).default(30),
    'Age at which an event stream is ended in order; its client resumes where it was.',
  ),
  RAT_IDEMPOTENCY_HOURS: envVar(
    envInteger({ min: 1, max: 8_760 }).default(24),
    'How long an `Idempotency-Key` is remembered, hours.',
  ),
  RAT_RUN_TIMEOUT: envVar(
    envInteger({ min: 1, max: 604_800 }).default(3_600),
    'Time limit of one attempt when neither its pipeline nor its request sets one, seconds.',
  ),
  RAT_RUN_TIMEOUT_MAX: envVar(
    envInteger({ min: 1, max: 604_800 }).optional(),
    'Largest `timeout_seconds` of a pipeline or a caller, seconds; default `RAT_RUN_TIMEOUT`. A larger one is refused at `POST /runs` and cut when the run starts.',
  ),
  RAT_RUN_RETRIES_MAX: envVar(
    envInteger({ min: 0, max: 20 }).default(20),
    'Largest `max_retries` of a pipeline or a caller; likewise.',
  ),
  RAT_RUN_PRIORITY_MAX: envVar(
    envInteger({ min: 0, max: 100 }).default(100),
    'Largest `priority` that a caller may ask for; it orders the runs of one namespace.',
  ),
  RAT_KEEP_DAYS: envVar(
    envInteger({ min: 1, max: 3_650 }).default(7),
    'How long a version of a table can be read after a newer one took its place, and a dropped table can be restored, days.',
  ),
  RAT_UPLOAD_MAX_MB: envVar(
    envInteger({ min: 1, max: 1_048_576 }).default(1_024),
    'Largest file that may be uploaded to a landing zone, MB; a larger one is answered 413.',
  ),
  RAT_QUEUE_PREFIX: envVar(
    z.string().regex(/^\w+$/).default('rat'),
    'Keeps several installations apart on one Redis.',
  ),
  ...tracesEnv,
  RAT_LOG_LEVEL: envVar(
    z.enum(LOGGER_LEVELS).default('info'),
    'Least important line of the process log.',
  ),
  RAT_PARENT_PID: envVar(
    z.string().optional(),
    'Set by a parent process that owns this one: the process then stops when its standard input closes.',
  ),
});

export type ApiEnv = z.infer<typeof apiEnv>;
