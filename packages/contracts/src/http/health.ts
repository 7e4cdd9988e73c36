import { z } from 'zod';
import { timestamp } from '../common.ts';

/**
 * How closely a runner confines the processes that execute SQL, weakest first. `process`: a process of the runner's own user.
 * `bwrap`: no network, no other processes, and only the folders of the data. `user`: a user of its own, which can write its
 * run's folders alone. `bwrap+user`: both.
 */
export const SANDBOX_LEVELS = ['process', 'bwrap', 'user', 'bwrap+user'] as const;
export type SandboxLevel = (typeof SANDBOX_LEVELS)[number];

const checkStatus = z.enum(['ok', 'down']).meta({ id: 'CheckStatus' });

/** `reason`: it answers and refuses to store anything; absent when it does not answer at all. */
const serviceCheck = z
  .object({
    status: checkStatus,
    reason: z.literal('takes no writes').optional(),
  })
  .meta({ id: 'ServiceCheck' });

/** What the service is. The last two are null where the build did not say them: a checkout does not. */
const versionFacts = z.object({
  version: z.string(),
  git_commit: z.string().nullable(),
  build_time: timestamp.nullable(),
});

/** GET /: where to go from here. */
export const serviceIndex = z
  .object({
    service: z.string(),
    /** Absent for a caller who has not signed in, while sign-in is on. */
    ...versionFacts.partial().shape,
    links: z.record(z.string(), z.string()),
  })
  .meta({ id: 'ServiceIndex' });

/** GET /health/live: the process answers. The version is there while sign-in is off. */
export const liveness = z
  .object({ status: z.literal('ok'), ...versionFacts.partial().shape })
  .meta({ id: 'Liveness' });
export type Liveness = z.infer<typeof liveness>;

/** GET /health/ready: whether a run that is triggered now would be executed. Never carries an error's text. */
export const readiness = z
  .object({
    status: checkStatus,
    /** Absent for a caller who has not signed in, while sign-in is on. */
    checks: z
      .object({
        postgres: serviceCheck,
        queue: serviceCheck,
        /** `live`: runners with a recent heartbeat; null when the database does not answer. */
        runners: z.object({ status: checkStatus, live: z.number().int().nonnegative().nullable() }),
      })
      .optional(),
    /** The weakest level among the live runners; absent when none of them announces one, and likewise. */
    sandbox: z.enum(SANDBOX_LEVELS).optional(),
  })
  .meta({ id: 'Readiness' });
export type Readiness = z.infer<typeof readiness>;

/** GET /features: what this installation can do, for clients that adapt to it. */
export const features = z
  .object({
    edition: z.literal('community'),
    namespaces: z.literal(true),
    /** Whether people sign in. */
    multi_user: z.boolean(),
    landing_zones: z.literal(true),
    /** None exists: what a plugin does elsewhere is built in or absent. */
    plugins: z.record(z.string(), z.object({ enabled: z.boolean(), type: z.string().optional() })),
  })
  .meta({ id: 'Features' });
export type Features = z.infer<typeof features>;

/** GET /me: who the request is from. */
export const principalAnswer = z
  .object({
    /** As the client or a proxy states it; `local` for a request that states none. */
    user_id: z.string(),
    /** Empty when it is not known. */
    email: z.string(),
    display_name: z.string(),
    roles: z.array(z.string()),
  })
  .meta({ id: 'Principal' });
export type PrincipalAnswer = z.infer<typeof principalAnswer>;

/** The lists of plugins, which are empty. */
export const noPlugins = z.array(z.unknown()).max(0).meta({ id: 'NoPlugins' });
