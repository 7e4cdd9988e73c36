import { z } from 'zod';
import { timestamp } from '../common.ts';

/** A group of runners by name, and the runs that wait for it. */
const poolResponse = z
  .object({
    name: z.string(),
    /** Live runners that take its runs. Those that drain are not counted here. */
    runners: z.number().int().nonnegative(),
    draining: z.number().int().nonnegative(),
    /** Of the runners that take its runs. A runner of several pools offers its slots to each of them. */
    slots: z.number().int().nonnegative(),
    slots_used: z.number().int().nonnegative(),
    /** Pending runs, also those that wait for the time of their retry. */
    waiting: z.number().int().nonnegative(),
    /** When the oldest of them was made. */
    oldest_waiting_since: timestamp.nullable(),
    /** A run waits for it or a pipeline names it, and no live runner takes its runs. */
    unserved: z.boolean(),
  })
  .meta({ id: 'Pool' });

export const poolList = z.object({ pools: z.array(poolResponse) }).meta({ id: 'Pools' });
export type PoolList = z.infer<typeof poolList>;
