import { z } from 'zod';

/**
 * The message in the queue: a wake-up for one attempt of one run. The run's row in Postgres holds the facts. So a lost
 * ticket is enqueued again, and a second ticket is harmless.
 */
export const runTicket = z.object({
  runId: z.uuid(),
  /** The attempt this ticket would start: the row's `attempt` + 1. */
  attempt: z.number().int().positive(),
  /** For people who read the board: the pipeline as `namespace.layer.name`, and why the run was created. */
  pipeline: z.string().optional(),
  trigger: z.string().optional(),
});
export type RunTicket = z.infer<typeof runTicket>;

/** A ticket's id in the queue: adding the same one again changes nothing. */
export function ticketId(ticket: RunTicket): string {
  return `${ticket.runId}-${ticket.attempt}`;
}

/**
 * What became of a ticket, for people who read the board. Postgres holds the facts; this only repeats them.
 * `run_id` and `pipeline` are those of the run that the ticket started, which may be another one than its own:
 * namespaces take turns.
 */
export const ticketResult = z.object({
  run_id: z.string(),
  pipeline: z.string(),
  attempt: z.number().int(),
  /** The run's status after this attempt; `pending` when it is tried again. */
  status: z.string(),
  rows_written: z.number().nullable(),
  duration_ms: z.number(),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type TicketResult = z.infer<typeof ticketResult>;

/** How far the run of an active ticket is. */
export const ticketProgress = z.object({
  run_id: z.string(),
  pipeline: z.string(),
  phase: z.string(),
  percent: z.number().nullable(),
});
export type TicketProgress = z.infer<typeof ticketProgress>;
