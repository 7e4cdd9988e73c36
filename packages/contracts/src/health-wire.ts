import { z } from 'zod';

const checkStatus = z.enum(['ok', 'down']);

/** `reason`: it answers and refuses to store anything; absent when it does not answer at all. */
const serviceCheck = z.object({
  status: checkStatus,
  reason: z.literal('takes no writes').optional(),
});

/** GET /health/live: the process answers. */
export const liveness = z.object({ status: z.literal('ok'), version: z.string() });
export type Liveness = z.infer<typeof liveness>;

/** GET /health/ready: whether a run that is triggered now would be executed. Never carries an error's text. */
export const readiness = z.object({
  status: checkStatus,
  checks: z.object({
    postgres: serviceCheck,
    queue: serviceCheck,
    /** `live`: runners heard of lately; null when that is not known. */
    runners: z.object({ status: checkStatus, live: z.number().int().nonnegative().nullable() }),
  }),
});
export type Readiness = z.infer<typeof readiness>;
