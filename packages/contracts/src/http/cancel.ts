import { findHiddenInLine, hasVisibleText, LAYERS } from '@rat/domain';
import { z } from 'zod';
import { layer, slug, timestamp } from '../common.ts';

const WORDS_MAX = 200;

/** A line of a person: a reason, a name. Shown in answers and logs, so it has something to read and no character that a reader cannot see. */
export const words = () =>
  z
    .string({ error: 'must be a string' })
    .refine(
      (text) =>
        [...text].length <= WORDS_MAX &&
        hasVisibleText(text) &&
        findHiddenInLine(text) === undefined,
      { error: `must be 1 to ${WORDS_MAX} printable characters` },
    );

/** Who requests a cancel; the header `X-Requested-By` carries the same. */
export const requestedBy = words();

/** The body of POST /runs/{id}/cancel, which may be left out. */
export const cancelRunBody = z
  .strictObject({
    reason: words().nullish(),
    requested_by: requestedBy.nullish(),
  })
  .meta({ id: 'CancelRunBody' });
export type CancelRunBody = z.infer<typeof cancelRunBody>;

const MAX_IDS = 1_000;
const MAX_TRIGGER_LENGTH = 100;

/** Which runs to cancel: those that have not ended and fit every field. */
export const cancelFilter = z
  .strictObject({
    namespace: slug.optional(),
    layer: z.enum(LAYERS, { error: `must be one of ${LAYERS.join(', ')}` }).optional(),
    pipeline: slug.optional(),
    status: z.enum(['pending', 'running'], { error: 'must be pending or running' }).optional(),
    trigger: z.string().min(1).max(MAX_TRIGGER_LENGTH).optional(),
    ids: z
      .array(z.uuid({ error: 'must be the id of a run' }))
      .min(1)
      .max(MAX_IDS)
      .optional(),
  })
  .refine((filter) => Object.values(filter).some((value) => value !== undefined), {
    error: 'must name what to cancel: an empty filter is every run there is',
  })
  .meta({ id: 'CancelFilter' });

/** The body of POST /runs/cancel: a filter, which is answered with a plan; or the token of a plan, which carries it out. */
export const cancelRunsBody = cancelRunBody
  .extend({ filter: cancelFilter.optional(), token: z.uuid().optional() })
  .refine((body) => (body.filter === undefined) !== (body.token === undefined), {
    error: 'must have either filter or token',
  })
  .meta({ id: 'CancelRunsBody' });

/** What would be cancelled; nothing has been. */
export const cancelPlanAnswer = z
  .object({
    /** How many runs fit the filter. */
    count: z.number().int().nonnegative(),
    /** How many of them the token cancels: fewer when more than 1,000 fit. Ask again for the rest. */
    cancels: z.number().int().nonnegative(),
    /** The first 1,000 of them, oldest first: those that the token cancels. */
    runs: z.array(
      z.object({
        id: z.uuid(),
        namespace: z.string(),
        layer,
        pipeline: z.string(),
        status: z.enum(['pending', 'running']),
      }),
    ),
    token: z.uuid(),
    expires_at: timestamp,
  })
  .meta({ id: 'CancelPlan' });
export type CancelPlanAnswer = z.infer<typeof cancelPlanAnswer>;

/** What became of each run of a plan: it is `cancelled` for good, or had ended before. */
export const cancelRunsAnswer = z
  .object({
    cancelled: z.array(z.uuid()),
    refused: z.array(z.object({ id: z.uuid(), status: z.string() })),
  })
  .meta({ id: 'CancelRunsResult' });
export type CancelRunsAnswer = z.infer<typeof cancelRunsAnswer>;
