import { LOG_LEVELS, PHASES } from '@rat/domain';
import { z } from 'zod';
import { timestamp } from './common.ts';
import { runStatus } from './run-wire.ts';

/** A log line, as JSON mode answers it and as the `log` event carries it. */
export const logLine = z.object({
  seq: z.number().int().positive(),
  timestamp,
  level: z.enum(LOG_LEVELS),
  message: z.string(),
  phase: z.enum(PHASES).nullable(),
  attempt: z.number().int().nonnegative(),
});
export type LogLine = z.infer<typeof logLine>;

export const runLogs = z.object({ logs: z.array(logLine), status: runStatus });
export type RunLogs = z.infer<typeof runLogs>;

/** The data of a `status` event, also what the stream row of kind `status` stores. */
export const statusEvent = z.object({
  status: runStatus,
  rows_written: z.number().int().nonnegative().nullable(),
  duration_ms: z.number().int().nonnegative().nullable(),
  error: z.string().nullable(),
});
export type StatusEvent = z.infer<typeof statusEvent>;
