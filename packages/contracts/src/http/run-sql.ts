import { z } from 'zod';

/** The SQL of a run: what its author wrote, and what an attempt executed. */
export const runSql = z
  .object({
    /** The version that the run is pinned to. */
    pipeline_version: z.number().int().positive(),
    /** The SQL files of that version, by their paths in the pipeline's folder. */
    source: z.record(z.string(), z.string()),
    /** The newest attempt that ended and had compiled its SQL; null when there is none. */
    attempt: z.number().int().positive().nullable(),
    /** The SQL that the template rendered to in that attempt. Secrets and local paths are hidden. */
    compiled: z.string().nullable(),
    /** The statements that the attempt executed; the last one is the result. */
    statements: z.array(
      z.object({
        text: z.string(),
        /** Where the statement begins in `compiled`. */
        line: z.number().int().positive(),
        column: z.number().int().positive(),
        /** Missing when the statement did not end. */
        rows: z.number().int().nonnegative().optional(),
        duration_ms: z.number().int().nonnegative().optional(),
      }),
    ),
    /** Whether `compiled` or a statement was cut because it is too long to keep. */
    truncated: z.boolean(),
  })
  .meta({ id: 'RunSql' });
export type RunSqlAnswer = z.infer<typeof runSql>;
