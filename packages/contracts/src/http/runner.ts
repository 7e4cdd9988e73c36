import { z } from 'zod';
import { layer, timestamp } from '../common.ts';

/** A live runner, and what it is doing. */
export const runnerResponse = z
  .object({
    id: z.string(),
    host: z.string(),
    pid: z.number().int(),
    version: z.string(),
    pools: z.array(z.string()),
    slots: z.number().int().positive(),
    slots_used: z.number().int().nonnegative(),
    /** It takes no more runs, and stops when it has finished those it has. */
    draining: z.boolean(),
    started_at: timestamp,
    last_heartbeat_at: timestamp,
    runs: z.array(
      z.object({
        id: z.uuid(),
        attempt: z.number().int().positive(),
        namespace: z.string(),
        layer,
        pipeline: z.string(),
      }),
    ),
  })
  .meta({ id: 'Runner' });

export const runnerList = z.object({ runners: z.array(runnerResponse) }).meta({ id: 'Runners' });
export type RunnerList = z.infer<typeof runnerList>;

export const drainRunnerAnswer = z
  .object({ runner_id: z.string(), draining: z.literal(true) })
  .meta({ id: 'DrainRunnerResult' });
export type DrainRunnerAnswer = z.infer<typeof drainRunnerAnswer>;
