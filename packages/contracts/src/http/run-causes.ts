import { z } from 'zod';
import { layer, timestamp } from '../common.ts';
import { causedBy } from './caused-by.ts';
import { runStatus } from './run.ts';

/** A run, the runs that led to it, and the runs that led to those. */
export const runCauses = z
  .object({
    /** The run itself first; then those that led to it, the nearest first. Each once. */
    runs: z.array(
      z.object({
        run_id: z.uuid(),
        namespace: z.string(),
        layer,
        pipeline: z.string(),
        status: runStatus,
        created_at: timestamp,
        /** Null: a request made it, so that the walk ends here. */
        caused_by: causedBy.nullable(),
      }),
    ),
    /** Whether more runs led to it than are listed. */
    truncated: z.boolean(),
  })
  .meta({ id: 'RunCauses' });
export type RunCauses = z.infer<typeof runCauses>;
