import { z } from 'zod';

/**
 * The message in the queue: a wake-up for one attempt of one run. The run's row in Postgres holds the facts. So a lost
 * ticket is enqueued again, and a second ticket is harmless.
 */
export const runTicket = z.object({
  runId: z.uuid(),
  /** The attempt this ticket would start: the row's `attempt` + 1. */
  attempt: z.number().int().positive(),
});
export type RunTicket = z.infer<typeof runTicket>;

/** A ticket's id in the queue: adding the same one again changes nothing. */
export function ticketId(ticket: RunTicket): string {
  return `${ticket.runId}-${ticket.attempt}`;
}
