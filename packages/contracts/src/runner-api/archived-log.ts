import { LOG_LEVELS, PHASES } from '@rat/domain';
import { z } from 'zod';
import { timestamp } from '../common.ts';

const KINDS = ['status', 'phase', 'log', 'progress'] as const;

/** A row of a stream that was moved to a file, which has one a line; also how it travels to the API. */
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

/** A row's text. Seq and kind come first, so that a reader who wants neither need not parse the rest. */
export function formatArchivedRow(row: ArchivedRow): string {
  const { seq, kind, attempt, at, level, phase, message, payload } = row;
  return JSON.stringify({ seq, kind, attempt, at, level, phase, message, payload });
}

/** What tells whether a row's text is wanted; undefined for what is no row. */
export function peekArchivedRow(text: string): Pick<ArchivedRow, 'seq' | 'kind'> | undefined {
  const match = /^\{"seq":(\d+),"kind":"(\w+)"/.exec(text);
  const kind = KINDS.find((one) => one === match?.[2]);
  return kind === undefined ? undefined : { seq: Number(match?.[1]), kind };
}

/**
 * The one question that is not answered by JSON: a POST to `<door>/read-archived-log` is answered by the wanted rows of
 * the file, a line each, at the pace of whoever reads.
 */
export const ARCHIVED_LOG_VERB = 'read-archived-log';

export const archivedLogQuestion = z.object({
  path: z.string(),
  afterSeq: z.number().int().nonnegative(),
  kind: z.enum(KINDS).optional(),
});
export type ArchivedLogQuestion = z.infer<typeof archivedLogQuestion>;
