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

/** The body of POST /runs/{id}/publish. Publishing rows that failed their tests needs a reason. */
export const publishRunBody = z.strictObject({ reason }).meta({ id: 'PublishRunBody' });

/** The body of POST /runs/{id}/discard and /revert. */
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

export const revertRunAnswer = runActionAnswer
  .extend({
    /**
     * Runs that read what was taken back, directly or by way of others: those that were published, by success or by hand,
     * and those that are still running. At most the first 1,000.
     */
    tainted_runs: z.array(
      z.object({ run_id: z.uuid(), namespace: z.string(), layer, pipeline: z.string() }),
    ),
  })
  .meta({ id: 'RevertRunResult' });
