import { findHiddenInText, hasVisibleText, RUN_ACTIONS } from '@rat/domain';
import { z } from 'zod';
import { layer, timestamp } from '../common.ts';

const REASON_MAX_LENGTH = 1_000;

const reason = z
  .string()
  .trim()
  .max(REASON_MAX_LENGTH, `must be at most ${REASON_MAX_LENGTH} characters`)
  .superRefine((text, context) => {
    const hidden = findHiddenInText(text);
    if (!hasVisibleText(text)) context.addIssue({ code: 'custom', message: 'must say why' });
    else if (hidden !== undefined) {
      const message = `must not contain the character ${hidden}, which a reader cannot see`;
      context.addIssue({ code: 'custom', message });
    }
  });

/** Whether only to answer what would be done. */
const dryRun = z.boolean().optional();

/** The body of POST /runs/{id}/publish. Publishing rows that failed their tests needs a reason. */
export const publishRunBody = z
  .strictObject({ reason: reason.optional(), dry_run: dryRun })
  .refine((body) => body.dry_run === true || body.reason !== undefined, {
    path: ['reason'],
    error: 'is missing; it must be a string',
  })
  .meta({ id: 'PublishRunBody' });

/** The body of POST /runs/{id}/revert. */
export const revertRunBody = z
  .strictObject({ reason: reason.optional(), dry_run: dryRun })
  .meta({ id: 'RevertRunBody' });

/** The body of POST /runs/{id}/discard. */
export const decideRunBody = z
  .strictObject({ reason: reason.optional() })
  .meta({ id: 'DecideRunBody' });

/** A decision about an ended run's data. */
export const runActionResponse = z
  .object({
    action: z.enum(RUN_ACTIONS),
    reason: z.string().nullable(),
    /** Main's snapshot because of it; null where main stayed as it was. */
    snapshot_id: z.string().nullable(),
    at: timestamp,
  })
  .meta({ id: 'RunAction' });
export type RunActionResponse = z.infer<typeof runActionResponse>;

export const runActionAnswer = runActionResponse
  .extend({ run_id: z.uuid() })
  .meta({ id: 'RunActionResult' });

/**
 * Runs that read what is taken back, directly or by way of others: those that were published, by success or by hand,
 * and those that are still running. At most the first 1,000.
 */
const taintedRuns = z.array(
  z.object({ run_id: z.uuid(), namespace: z.string(), layer, pipeline: z.string() }),
);

export const revertRunAnswer = runActionAnswer
  .extend({ tainted_runs: taintedRuns })
  .meta({ id: 'RevertRunResult' });

/** What a publish or a revert would do; nothing has been done. */
export const runActionPlan = z
  .object({
    dry_run: z.literal(true),
    run_id: z.uuid(),
    action: z.enum(['publish', 'revert']),
    namespace: z.string(),
    layer,
    pipeline: z.string(),
    /** The snapshot that is current; null while the table has none. */
    current_snapshot_id: z.string().nullable(),
    /** The snapshot whose rows the table would have; null: it would be empty. A revert gives them a new id. */
    next_snapshot_id: z.string().nullable(),
    rows_before: z.number().int().nonnegative(),
    rows_after: z.number().int().nonnegative(),
    /** Rows that the table would gain and lose; a changed row counts in both. */
    rows_added: z.number().int().nonnegative(),
    rows_removed: z.number().int().nonnegative(),
    /** Of a revert; empty for a publish. */
    tainted_runs: taintedRuns,
  })
  .meta({ id: 'RunActionPlan' });
