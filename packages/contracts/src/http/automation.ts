import { z } from 'zod';
import { putScheduleBody, scheduleName } from './schedule.ts';
import { putTriggerBody, TRIGGER_CONFIGS, triggerName } from './trigger.ts';

/** The longest `automation.yaml`, in characters. */
const TEXT_MAX_LENGTH = 100_000;

/** The most entries of one kind in a file. */
const ENTRIES_MAX = 100;

/** The text of an `automation.yaml`; Postgres cannot store NUL. */
export const automationText = z
  .string()
  .max(TEXT_MAX_LENGTH)
  .refine((text) => !text.includes('\0'), 'must not contain the character NUL');

/** A file is shared and kept, so the secrets of a webhook are no part of it. */
const fileTrigger = putTriggerBody.omit({ secrets: true });

/** The triggers of a file, by their kind. */
export const FILE_TRIGGERS = {
  upload: fileTrigger.extend({ kind: z.literal('upload'), config: TRIGGER_CONFIGS.upload }),
  upstream: fileTrigger.extend({ kind: z.literal('upstream'), config: TRIGGER_CONFIGS.upstream }),
  table: fileTrigger.extend({ kind: z.literal('table'), config: TRIGGER_CONFIGS.table }),
  dependency: fileTrigger.extend({
    kind: z.literal('dependency'),
    config: TRIGGER_CONFIGS.dependency,
  }),
  webhook: fileTrigger.extend({
    kind: z.literal('webhook'),
    config: TRIGGER_CONFIGS.webhook.prefault({}),
  }),
} as const;

/** An `automation.yaml`: what starts a pipeline by itself, by name. */
export const automationFile = z.strictObject({
  schedules: z
    .record(scheduleName, putScheduleBody, { error: 'must be a mapping of names to schedules' })
    .refine((entries) => Object.keys(entries).length <= ENTRIES_MAX, {
      error: `has more than ${ENTRIES_MAX} schedules`,
    })
    .optional(),
  triggers: z
    .record(
      triggerName,
      z.discriminatedUnion('kind', [
        FILE_TRIGGERS.upload,
        FILE_TRIGGERS.upstream,
        FILE_TRIGGERS.table,
        FILE_TRIGGERS.dependency,
        FILE_TRIGGERS.webhook,
      ]),
      { error: 'must be a mapping of names to triggers' },
    )
    .refine((entries) => Object.keys(entries).length <= ENTRIES_MAX, {
      error: `has more than ${ENTRIES_MAX} triggers`,
    })
    .optional(),
});
export type AutomationFile = z.infer<typeof automationFile>;
