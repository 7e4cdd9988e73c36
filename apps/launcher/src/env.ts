import { envInteger, envVar } from '@rat/runtime';
import { z } from 'zod';

const flag = z.enum(['0', '1']);

/** The launcher's environment; the README's table is generated from it. */
export const launcherEnv = z.object({
  PORT: envVar(envInteger({ min: 1, max: 65_535 }).default(8080), 'Port of the API.'),
  HOST: envVar(
    z.string().default('127.0.0.1'),
    'Address that the API listens on. One that other machines reach needs sign-in.',
  ),
  RAT_ADMIN_TOKEN: envVar(
    z.string().optional(),
    'Token of an administrator, at least 32 characters; it turns sign-in on. Set the same one at every API.',
  ),
  RAT_ADMIN_TOKEN_FILE: envVar(
    z.string().optional(),
    'File that holds `RAT_ADMIN_TOKEN`, read at start.',
  ),
  RAT_SECRET_KEY: envVar(
    z.string().optional(),
    'Key that seals the secrets of webhooks in the database, at least 32 characters; the same at every API. `npm start` makes one and keeps it in `<RAT_HOME>/secret-key`; elsewhere webhooks with a signature need it.',
  ),
  RAT_SECRET_KEY_FILE: envVar(
    z.string().optional(),
    'File that holds `RAT_SECRET_KEY`, read at start.',
  ),
  RAT_TOKEN: envVar(
    z.string().optional(),
    'Token with which commands call an API whose sign-in is on; `npm start` needs none beside `RAT_ADMIN_TOKEN`.',
  ),
  RAT_TOKEN_FILE: envVar(z.string().optional(), 'File that holds `RAT_TOKEN`, read at start.'),
  RAT_HOME: envVar(z.string().default('./.rat'), 'Folder for everything that is kept on disk.'),
  DATABASE_URL: envVar(
    z.url().optional(),
    'Postgres of your own; without it a private one is started below RAT_HOME.',
  ),
  DATABASE_URL_FILE: envVar(
    z.string().optional(),
    'File that holds `DATABASE_URL`, read at start: other processes of the same user can read a variable.',
  ),
  REDIS_URL: envVar(
    z.url().optional(),
    'Redis for queue and hints; without it Postgres carries both.',
  ),
  REDIS_URL_FILE: envVar(z.string().optional(), 'File that holds `REDIS_URL`, read at start.'),
  RAT_RUNNERS: envVar(envInteger({ min: 0, max: 32 }).default(1), 'Runner processes to start.'),
  RAT_METRICS_PORT: envVar(
    envInteger({ min: 1, max: 65_000 }).optional(),
    'Port at which a runner serves `/metrics` of its own process; without it there is none. `npm start` gives each further runner the next port.',
  ),
  RAT_RUNNER_CONCURRENCY: envVar(
    envInteger({ min: 1, max: 64 }).default(2),
    'Runs that one runner executes at once.',
  ),
  RAT_EXECUTOR_USER: envVar(
    z.string().optional(),
    'User that executes SQL, where the runner may switch users: a name, `uid`, `uid:gid`, or `none` for its own; default for root: a reserved id for each process.',
  ),
  RAT_LANDING_DIR: envVar(
    z.string().optional(),
    'Folder of the landing zones, `<namespace>/<zone>/**`; default `<RAT_HOME>/landing`.',
  ),
  RAT_DRAIN_SECONDS: envVar(
    envInteger({ min: 0, max: 3_600 }).default(3),
    'How long runs may go on after Ctrl-C, seconds; then they go back to the queue.',
  ),
  RAT_DEMO: envVar(flag.default('1'), '`0` starts without loading the flights example.'),
  RAT_PIPELINES_DIR: envVar(
    z.string().optional(),
    'Folder whose `pipelines/` are put in place at every start.',
  ),
  RAT_PARENT_PID: envVar(
    z.string().optional(),
    'Set by a parent that wants this process to end when its standard input closes.',
  ),
});

export type LauncherEnv = z.infer<typeof launcherEnv>;

/** The environment of `npm run apply` and `npm run pull`. */
export const applyEnv = z.object({
  RAT_API_URL: envVar(
    z.url().default('http://127.0.0.1:8080'),
    'The API that `npm run apply` and `npm run pull` talk to; `--url` wins.',
  ),
  RAT_TOKEN: envVar(
    z.string().optional(),
    'Token with which commands call an API whose sign-in is on; `npm start` needs none beside `RAT_ADMIN_TOKEN`.',
  ),
  RAT_TOKEN_FILE: envVar(z.string().optional(), 'File that holds `RAT_TOKEN`, read at start.'),
});

/** The environment of `npm run backup` and `npm run restore`: where the installation keeps what. */
export const placesEnv = launcherEnv
  .pick({
    RAT_HOME: true,
    RAT_LANDING_DIR: true,
    RAT_EXECUTOR_USER: true,
    DATABASE_URL: true,
    DATABASE_URL_FILE: true,
  })
  .extend({
    RAT_WAREHOUSE: envVar(
      z.string().optional(),
      'Folder of the tables; default `<RAT_HOME>/warehouse`.',
    ),
  });

export type PlacesEnv = z.infer<typeof placesEnv>;

/** The environment of `npm run doctor`. */
export const doctorEnv = placesEnv
  .extend(
    launcherEnv.pick({
      PORT: true,
      HOST: true,
      REDIS_URL: true,
      REDIS_URL_FILE: true,
      RAT_ADMIN_TOKEN: true,
      RAT_ADMIN_TOKEN_FILE: true,
    }).shape,
  )
  .extend({
    RAT_OIDC_ISSUER: envVar(
      z.string().optional(),
      'Identity provider (OpenID Connect) at which people sign in, as `https://id.example`; it turns sign-in on.',
    ),
  });

export type DoctorEnv = z.infer<typeof doctorEnv>;
