import { poolName } from '@rat/contracts';
import { LOG_LEVELS } from '@rat/domain';
import { envInteger, envVar, LOGGER_LEVELS } from '@rat/runtime';
import { tracesEnv } from '@rat/traces';
import { z } from 'zod';

/** The runner's environment; the README's table is made from it. */
export const runnerEnv = z.object({
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
  ...tracesEnv,
  OPENLINEAGE_URL: envVar(
    z
      .url({ protocol: /^https?$/ })
      .refine((text) => {
        const { username, password } = new URL(text);
        return username === '' && password === '';
      }, 'must be without a user and a password; use OPENLINEAGE_API_KEY')
      .optional(),
    'Address of a receiver of OpenLineage events, such as Marquez or DataHub. Without it there are none.',
  ),
  OPENLINEAGE_ENDPOINT: envVar(
    z.string().default('api/v1/lineage'),
    'Path of that receiver, below its address.',
  ),
  OPENLINEAGE_API_KEY: envVar(
    z.string().optional(),
    'Key for that receiver, sent as a bearer token.',
  ),
  OPENLINEAGE_API_KEY_FILE: envVar(
    z.string().optional(),
    'File that holds `OPENLINEAGE_API_KEY`, read at start.',
  ),
  OPENLINEAGE_NAMESPACE: envVar(
    z.string().min(1).max(200).default('rat'),
    'Namespace of jobs and datasets in these events: the name of this installation.',
  ),
  RAT_METRICS_PORT: envVar(
    envInteger({ min: 0, max: 65_535 }).optional(),
    'Port at which the runner serves `/metrics` of its own process; without it there is none.',
  ),
  RAT_METRICS_HOST: envVar(
    z.string().default('127.0.0.1'),
    'Address of that port. It needs no sign-in: use one that only your Prometheus reaches.',
  ),
  RAT_HOME: envVar(z.string().default('./.rat'), 'Folder for everything that is kept on disk.'),
  RAT_WAREHOUSE: envVar(
    z.string().optional(),
    'Folder of the tables; default `<RAT_HOME>/warehouse`.',
  ),
  RAT_LANDING_DIR: envVar(
    z.string().optional(),
    'Folder of the landing zones, `<namespace>/<zone>/**`; default `<RAT_HOME>/landing`.',
  ),
  RAT_EXECUTOR_USER: envVar(
    z.string().optional(),
    'User that executes SQL, where the runner may switch users: a name, `uid`, `uid:gid`, or `none` for its own; default for root: a reserved id for each process.',
  ),
  RAT_EXECUTOR_BWRAP: envVar(
    z.enum(['0', '1']).default('1'),
    '`1` executes SQL in a sandbox of bubblewrap where that is installed and works; `0` does not.',
  ),
  RAT_RUNNER_ID: envVar(
    z.string().max(150).optional(),
    'Name of this runner in logs and on the board; default host and process id.',
  ),
  RAT_RUNNER_POOLS: envVar(
    z
      .string()
      .default('default')
      .transform((text) => [...new Set(text.split(',').map((name) => name.trim()))])
      .pipe(z.array(poolName)),
    'Pools whose runs this runner executes, separated by commas; a pipeline selects its pool with `pool`.',
  ),
  RAT_RUNNER_CONCURRENCY: envVar(
    envInteger({ min: 1, max: 64 }).default(2),
    'Runs that one runner executes at once, each in a process of its own.',
  ),
  RAT_RUNNER_MEMORY_MB: envVar(
    envInteger({ min: 128, max: 1_048_576 }).optional(),
    'Memory that all runs of one runner share, MB; default half of the machine. Each run gets its part, of which the same holds as of `RAT_QUERY_MEMORY_MB`.',
  ),
  RAT_RUNNER_TEMP_MB: envVar(
    envInteger({ min: 64, max: 10_485_760 }).default(20_480),
    'Disk that one run may spill to, MB.',
  ),
  RAT_TARGET_FILE_MB: envVar(
    envInteger({ min: 1, max: 4_096 }).default(256),
    'Size at which a new data file is begun, MB.',
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
  RAT_QUARANTINE_DAYS: envVar(
    envInteger({ min: 1, max: 365 }).default(7),
    'How long the branch of a run whose tests failed is kept to look at, days.',
  ),
  RAT_LOG_MAX_LINES: envVar(
    envInteger({ min: 1, max: 10_000_000 }).default(100_000),
    'Most lines that one attempt may add to its run’s log; further ones are counted, not kept.',
  ),
  RAT_RUN_LOG_LEVEL: envVar(
    z.enum(LOG_LEVELS).optional(),
    'Least important line that the log of a run keeps; default `info`, or `debug` where `RAT_LOG_LEVEL` is. `debug` adds the full text of every statement and where it spent its time.',
  ),
  RAT_KEEP_DAYS: envVar(
    envInteger({ min: 1, max: 3_650 }).default(7),
    'How long a version of a table can be read after a newer one took its place, and a dropped table can be restored, days.',
  ),
  RAT_MAINTENANCE_HOURS: envVar(
    envInteger({ min: 0, max: 8_760 }).default(24),
    'How often a table that is written to is maintained, hours; 0 leaves that to `npm run maintain`.',
  ),
  RAT_LOG_ARCHIVE_MINUTES: envVar(
    envInteger({ min: 0, max: 525_600 }).default(60),
    'How long after a run’s end its log moves from Postgres into a file below the warehouse, minutes; 0 leaves it there.',
  ),
  RAT_RUNS_MAX_PER_PIPELINE: envVar(
    envInteger({ min: 0, max: 10_000_000 }).default(1_000),
    'Newest runs of a pipeline that are kept; older ones are removed unless something still names them. 0 keeps all.',
  ),
  RAT_RUNS_MAX_AGE_DAYS: envVar(
    envInteger({ min: 0, max: 36_500 }).default(90),
    'How long an ended run is kept, days; likewise. 0 keeps it for ever.',
  ),
  RAT_KEEP_AUDIT_DAYS: envVar(
    envInteger({ min: 30, max: 36_500 }).default(400),
    'How long entries of the audit log are kept, and who uploaded which landing file, days.',
  ),
  RAT_LEASE_SECONDS: envVar(
    envInteger({ min: 4, max: 600 }).default(10),
    'How long a run stays assigned to a runner that sends no heartbeat, seconds.',
  ),
  RAT_DRAIN_SECONDS: envVar(
    envInteger({ min: 0, max: 3_600 }).default(30),
    'How long runs may go on after SIGTERM, seconds; then they go back to the queue.',
  ),
  RAT_RUNNER_API_HOST: envVar(
    z.string().default('127.0.0.1'),
    'Address at which the runner answers the API about tables and queries; `0.0.0.0` when the API is on another machine.',
  ),
  RAT_RUNNER_API_PORT: envVar(
    envInteger({ min: 0, max: 65_535 }).default(0),
    'Port of that address; 0 is a free one, which the API finds in the database.',
  ),
  RAT_QUERY_CONCURRENCY: envVar(
    envInteger({ min: 1, max: 64 }).default(2),
    'Queries that one runner answers at once, beside its runs. One client holds all but one; a further query waits up to 4 s and is then answered 429.',
  ),
  RAT_QUERY_MEMORY_MB: envVar(
    envInteger({ min: 64, max: 1_048_576 }).default(512),
    'Memory of one query, MB. DuckDB gets a part of it and spills beyond; the process ends at 1.5 times it, at 256 MB above it, or at 512 MB, whichever is most.',
  ),
  RAT_QUERY_TIMEOUT: envVar(
    envInteger({ min: 1, max: 240 }).default(60),
    'Longest time one query may take, seconds; then it is answered 504.',
  ),
  RAT_QUEUE_PREFIX: envVar(
    z.string().regex(/^\w+$/).default('rat'),
    'Keeps several installations apart on one Redis.',
  ),
  RAT_PARENT_PID: envVar(
    z.string().optional(),
    'Set by a parent that wants this process to end when its standard input closes.',
  ),
  RAT_LOG_LEVEL: envVar(
    z.enum(LOGGER_LEVELS).default('info'),
    'Least important line of the process log.',
  ),
});

export type RunnerEnv = z.infer<typeof runnerEnv>;

/** Variables of earlier versions, with their names of today. */
export const RENAMED_VARIABLES = {
  RAT_DOOR_HOST: 'RAT_RUNNER_API_HOST',
  RAT_DOOR_PORT: 'RAT_RUNNER_API_PORT',
} as const;
