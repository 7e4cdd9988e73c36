import { FIRING_OUTCOMES, NOT_RUN_VERDICTS } from '@rat/domain';
import { z } from 'zod';
import { timestamp } from '../common.ts';

const verdict = z.enum(NOT_RUN_VERDICTS);

/** Why one schedule or trigger makes no run now. */
const notRunReason = z
  .object({
    kind: z.enum(['schedule', 'trigger']),
    name: z.string(),
    verdict,
    since: timestamp.nullable(),
    /** When that no longer holds, if nothing else happens. */
    until: timestamp.nullable(),
    /** The inputs that have no news, and after which moment they would be news. */
    missing: z.array(
      z.object({
        input: z.string(),
        latest_at: timestamp.nullable(),
        needed_after: timestamp.nullable(),
      }),
    ),
    /** How many more of them are in namespaces that the caller may not see. */
    hidden: z.number().int().nonnegative(),
    last_firing: z
      .object({
        id: z.uuid(),
        outcome: z.enum(FIRING_OUTCOMES),
        reason: z.string().nullable(),
        at: timestamp,
      })
      .nullable(),
  })
  .meta({ id: 'NotRunReason' });

/** Why a pipeline does not run by itself now. */
export const whyNot = z
  .object({
    /** That of the schedule or trigger that fires next, or that a person can help with. */
    verdict,
    /** The same in one sentence. */
    summary: z.string(),
    sources: z.array(notRunReason),
  })
  .meta({ id: 'WhyNot' });
export type WhyNot = z.infer<typeof whyNot>;
