import { z } from 'zod';
import { timestamp } from '../common.ts';
import { runStatus } from './run.ts';

/** One thing that keeps a run from starting. Which facts stand beside it depends on the code. */
const waitReason = z
  .object({
    code: z.enum([
      'queued',
      'retry_backoff',
      'pipeline_busy',
      'behind_others',
      'no_live_runner',
      'all_slots_busy',
      'namespace_busy',
    ]),
    message: z.string(),
    since: timestamp.nullable(),
    /** The run in the way. */
    run_id: z.uuid().optional(),
    until: timestamp.optional(),
    failure_code: z.string().optional(),
    limit: z.number().int().optional(),
    ahead: z.number().int().optional(),
    namespace: z.string().optional(),
    pool: z.string().optional(),
    slots: z.number().int().optional(),
    slots_used: z.number().int().optional(),
  })
  .meta({ id: 'WaitReason' });
export type WaitReasonResponse = z.infer<typeof waitReason>;

/** Why a run waits, and how long it may. */
export const runWhy = z
  .object({
    status: runStatus,
    waiting: z.boolean(),
    reasons: z.array(waitReason),
    /** Its place in its pipeline's line, from 1. */
    position: z.number().int().positive().nullable(),
    /** Estimated from how long the last runs of the pipeline took; null when there is no basis. */
    estimated_start_at: timestamp.nullable(),
  })
  .meta({ id: 'RunWhy' });
export type RunWhy = z.infer<typeof runWhy>;
