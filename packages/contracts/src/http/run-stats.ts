import { z } from 'zod';
import { timestamp } from '../common.ts';

const count = z.number().int().nonnegative();

/** The answer to GET /runs/stats. */
export const runStats = z
  .object({
    bucket: z.enum(['hour', 'day']),
    from: timestamp,
    to: timestamp,
    /** Oldest first, without gaps: the runs created in an hour or a day of UTC, by the status that they have now. */
    points: z.array(
      z.object({
        at: timestamp,
        pending: count,
        running: count,
        success: count,
        failed: count,
        cancelled: count,
      }),
    ),
    /** All runs that have not ended, whenever they were created. */
    now: z.object({ pending: count, running: count }),
  })
  .meta({ id: 'RunStats' });
export type RunStatsAnswer = z.infer<typeof runStats>;
