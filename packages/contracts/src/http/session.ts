import { z } from 'zod';
import { timestamp } from '../common.ts';
import { role } from './token.ts';

/** The body of POST /session. */
export const createSessionBody = z
  .strictObject({ token: z.string().min(1).max(1_000) })
  .meta({ id: 'CreateSessionBody' });

/** Who the caller is. While sign-in is off, everybody may do everything and has no name. */
export const sessionAnswer = z
  .object({
    sign_in: z.boolean(),
    name: z.string().nullable(),
    role,
    /** Null: all. */
    namespaces: z.array(z.string()).nullable(),
    /** When the caller must sign in again; null: not by itself. */
    expires_at: timestamp.nullable(),
  })
  .meta({ id: 'Session' });
export type SessionAnswer = z.infer<typeof sessionAnswer>;

/** DELETE /sessions/{principal}. */
export const endedSessions = z
  .object({ ended: z.number().int().nonnegative() })
  .meta({ id: 'EndedSessions' });
export type EndedSessions = z.infer<typeof endedSessions>;

/** POST /stream-tickets. */
export const streamTicketAnswer = z
  .object({
    /** Opens one event stream, as the query parameter `ticket`. */
    ticket: z.string(),
    expires_at: timestamp,
  })
  .meta({ id: 'StreamTicket' });
export type StreamTicketAnswer = z.infer<typeof streamTicketAnswer>;
