import { z } from 'zod';
import { paramValues } from '../pipeline-files/params.ts';
import {
  MAX_RETRIES,
  MAX_RETRY_DELAY_SECONDS,
  MAX_TIMEOUT_SECONDS,
} from '../pipeline-files/pipeline-files.ts';

const text = z.string({ error: 'must be a string' }).nullish();

const MAX_PRIORITY = 100;
const MAX_EXPIRY_SECONDS = 30 * 86_400;

/**
 * The body of POST /runs as it arrives. null counts as absent. The handler checks the values, because the contract fixes
 * the order of the checks and their messages.
 */
export const createRunBody = z
  .strictObject({
    namespace: text,
    layer: text,
    pipeline: text,
    /** What triggered the run, as a label; `manual` by default. */
    trigger: text,
    /** Greater starts earlier among those that wait. */
    priority: z.number().int().min(-MAX_PRIORITY).max(MAX_PRIORITY).nullish(),
    /** A run that is not started within this time is cancelled. */
    expires_in_seconds: z.number().int().min(1).max(MAX_EXPIRY_SECONDS).nullish(),
    /** These win over the pipeline's own. */
    max_retries: z.number().int().min(0).max(MAX_RETRIES).nullish(),
    retry_delay_seconds: z.number().min(0).max(MAX_RETRY_DELAY_SECONDS).nullish(),
    timeout_seconds: z.number().int().min(1).max(MAX_TIMEOUT_SECONDS).nullish(),
    /** Values of the pipeline's parameters, by name. */
    params: paramValues.nullish(),
    /** Whether the run replaces the whole table, also under another merge strategy. */
    full_refresh: z.boolean({ error: 'must be true or false' }).nullish(),
  })
  .meta({ id: 'CreateRunBody' });
export type CreateRunBody = z.infer<typeof createRunBody>;
