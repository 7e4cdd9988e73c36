import { z } from 'zod';
import { firingCause } from './schedule.ts';

/** What made a run start by itself. Unlike the label of its `trigger`, no request can set it. */
export const causedBy = z
  .object({
    kind: z.enum(['schedule', 'trigger']),
    /** The name of the schedule or the trigger among those of its pipeline. */
    name: z.string(),
    firing_id: z.uuid(),
    /** What changed; empty when a time was due. */
    causes: z.array(firingCause),
    /** How many more causes are in namespaces that the caller may not see. */
    hidden: z.number().int().nonnegative(),
    /** How many firings of triggers led to it, each by the run of the one before. */
    depth: z.number().int().nonnegative(),
  })
  .meta({ id: 'CausedBy' });
export type CausedBy = z.infer<typeof causedBy>;
