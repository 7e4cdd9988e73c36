import { z } from 'zod';

/** As many runs as a page of a list has. */
const RERUNS_MAX = 200;

/** The body of POST /runs/rerun: the ended runs to run again. */
export const rerunRunsBody = z
  .strictObject({
    ids: z
      .array(z.uuid({ error: 'must be the id of a run' }))
      .min(1)
      .max(RERUNS_MAX)
      .refine((ids) => new Set(ids).size === ids.length, { error: 'must name each run once' }),
  })
  .meta({ id: 'RerunRunsBody' });

export const rerunRunsAnswer = z
  .object({
    /** In the order of the request. */
    runs: z.array(z.object({ run_id: z.uuid(), rerun_of: z.uuid() })),
    /** The runs that were not run again, and why; the others are not affected. */
    refused: z.array(z.object({ run_id: z.uuid(), reason: z.string() })),
  })
  .meta({ id: 'RerunRunsResult' });
export type RerunRunsAnswer = z.infer<typeof rerunRunsAnswer>;
