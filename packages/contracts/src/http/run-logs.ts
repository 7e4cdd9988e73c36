import { LOG_LEVELS, PHASES } from '@rat/domain';
import { z } from 'zod';
import { timestamp } from '../common.ts';
import { phaseRecord, runStatus } from './run.ts';

/** A log line, as JSON mode answers it and as the `log` event carries it. */
export const logLine = z
  .object({
    seq: z.number().int().positive(),
    timestamp,
    level: z.enum(LOG_LEVELS),
    message: z.string(),
    phase: z.enum(PHASES).nullable(),
    attempt: z.number().int().nonnegative(),
  })
  .meta({ id: 'LogLine' });
export type LogLine = z.infer<typeof logLine>;

export const runLogs = z
  .object({
    logs: z.array(logLine),
    status: runStatus,
    /** Of an answer that was cut at its limit: what `after` to ask for next. */
    next_after: z.number().int().positive().optional(),
    /** Of a `tail` that further lines precede: what `before` to ask for next. */
    next_before: z.number().int().positive().optional(),
  })
  .meta({ id: 'RunLogs' });

/** What a stream row of kind `phase` stores, its beginning or its end; its event adds the attempt. */
export const phaseMark = z
  .discriminatedUnion('status', [
    z.object({ name: z.enum(PHASES), status: z.literal('started'), started_at: timestamp }),
    phaseRecord,
  ])
  .meta({ id: 'PhaseEvent' });
export type PhaseMark = z.infer<typeof phaseMark>;

/** What a stream row of kind `progress` stores; its event adds phase and attempt. */
export const progressFigures = z
  .object({
    percent: z.number().min(0).max(100),
    /** Rows that the statement has read so far, where the engine knows. */
    rows: z.number().int().nonnegative().nullable(),
    memory_bytes: z.number().int().nonnegative().nullable(),
  })
  .meta({ id: 'ProgressFigures' });
export type ProgressFigures = z.infer<typeof progressFigures>;

/** The data of the `end` event, which closes the stream of a finished run. */
export const endEvent = z
  .object({
    last_seq: z.number().int().positive(),
    /** Lines of the whole log, also when this stream carried a part of it. */
    lines: z.number().int().nonnegative(),
    /** Over each `log` event's data and a line feed, in order, in hexadecimal. */
    sha256: z.string().length(64),
  })
  .meta({ id: 'EndEvent' });
export type EndEvent = z.infer<typeof endEvent>;

/** The data of a `status` event, also what the stream row of kind `status` stores. */
export const statusEvent = z
  .object({
    status: runStatus,
    rows_written: z.number().int().nonnegative().nullable(),
    duration_ms: z.number().int().nonnegative().nullable(),
    error: z.string().nullable(),
  })
  .meta({ id: 'StatusEvent' });
export type StatusEvent = z.infer<typeof statusEvent>;
