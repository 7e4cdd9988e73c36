import { z } from 'zod';
import { putScheduleBody, scheduleName } from './schedule.ts';

/** The longest `automation.yaml`, in characters. */
const TEXT_MAX_LENGTH = 100_000;

/** The most entries of one kind in a file. */
const ENTRIES_MAX = 100;

/** The text of an `automation.yaml`; Postgres cannot store NUL. */
export const automationText = z
  .string()
  .max(TEXT_MAX_LENGTH)
  .refine((text) => !text.includes('\0'), 'must not contain the character NUL');

/** An `automation.yaml`: what starts a pipeline by itself, by name. */
export const automationFile = z.strictObject({
  schedules: z
    .record(scheduleName, putScheduleBody, { error: 'must be a mapping of names to schedules' })
    .refine((entries) => Object.keys(entries).length <= ENTRIES_MAX, {
      error: `has more than ${ENTRIES_MAX} schedules`,
    })
    .optional(),
});
export type AutomationFile = z.infer<typeof automationFile>;
