import { RUN_STATUSES } from '@rat/domain';
import { z } from 'zod';

/**
 * A notice that a run's stream has moved: ids and a sequence number, never content. Hints may be lost, doubled or
 * late; a process that receives one reads Postgres.
 */
export const runHint = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('moved'),
    runId: z.uuid(),
    seq: z.number().int().nonnegative(),
    /** Present when the move was a change of status. */
    status: z.enum(RUN_STATUSES).optional(),
  }),
  z.object({ kind: z.literal('cancel_requested'), runId: z.uuid() }),
]);
export type RunHint = z.infer<typeof runHint>;
