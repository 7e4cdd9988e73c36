import { LOG_LEVELS, PHASES } from '@rat/domain';
import { z } from 'zod';
import { timestamp } from '../common.ts';

const KINDS = ['status', 'phase', 'log', 'progress'] as const;

/** One row of an archived stream: one line of the file, and the form in which it travels to the API. */
export const archivedRow = z.object({
  seq: z.number().int().positive(),
  kind: z.enum(KINDS),
  attempt: z.number().int().nonnegative(),
  at: timestamp,
  level: z.enum(LOG_LEVELS).optional(),
  phase: z.enum(PHASES).optional(),
  message: z.string().optional(),
  payload: z.unknown().optional(),
});
export type ArchivedRow = z.infer<typeof archivedRow>;

/** A row as text. Seq and kind are first, so that a reader can skip a row without parsing it. */
export function formatArchivedRow(row: ArchivedRow): string {
  const { seq, kind, attempt, at, level, phase, message, payload } = row;
  return JSON.stringify({ seq, kind, attempt, at, level, phase, message, payload });
}

/** Seq and kind from the start of a row's text; undefined for other text. */
export function peekArchivedRow(text: string): Pick<ArchivedRow, 'seq' | 'kind'> | undefined {
  const match = /^\{"seq":(\d+),"kind":"(\w+)"/.exec(text);
  const kind = KINDS.find((one) => one === match?.[2]);
  return kind === undefined ? undefined : { seq: Number(match?.[1]), kind };
}

/** The method whose answer is not JSON: the rows of the file, one a line, at the reader's pace. */
export const ARCHIVED_LOG_METHOD = 'read-archived-log';

export const archivedLogRequest = z.object({
  path: z.string(),
  afterSeq: z.number().int().nonnegative(),
  kind: z.enum(KINDS).optional(),
});
export type ArchivedLogRequest = z.infer<typeof archivedLogRequest>;
