import { FIRING_OUTCOMES } from '@rat/domain';
import { z } from 'zod';

/** The answer to a delivery of a webhook. */
export const deliveryAnswer = z
  .object({
    /** Null while the trigger waits, or is paused. */
    firing_id: z.uuid().nullable(),
    run_id: z.uuid().nullable(),
    /** `waiting`: the trigger decides about it later. */
    outcome: z.enum(FIRING_OUTCOMES),
  })
  .meta({ id: 'DeliveryAnswer' });
export type DeliveryAnswer = z.infer<typeof deliveryAnswer>;

/** The answer to a delivery that names its webhook by the token alone. */
export const firedWebhook = z.object({ run_id: z.uuid().nullable() }).meta({ id: 'FiredWebhook' });
export type FiredWebhook = z.infer<typeof firedWebhook>;
