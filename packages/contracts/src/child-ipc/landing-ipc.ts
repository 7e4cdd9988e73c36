import { z } from 'zod';
import { wireFailure } from './executor-ipc.ts';

/*
 * The conversation between a runner and the process that reads one delivered file, and then ends.
 *
 *   parent → inspect | check        child → inspected | checked | failed
 */

const columns = z.array(z.object({ name: z.string(), type: z.string() }));

/** Paths are absolute. The file is alone in its folder. */
const file = {
  folder: z.string(),
  name: z.string(),
  format: z.enum(['csv', 'json', 'parquet']),
  bytes: z.number().int().nonnegative(),
  tempDir: z.string(),
  memoryLimitMb: z.number().int().positive(),
  tempLimitMb: z.number().int().positive(),
  threads: z.number().int().positive(),
};

export const inspectCommand = z.object({
  type: z.literal('inspect'),
  ...file,
  maxRows: z.number().int().positive(),
  /** Of the rows as JSON. */
  maxBytes: z.number().int().positive(),
});

export const checkCommand = z.object({ type: z.literal('check'), ...file, expected: columns });

export const landingParentMessage = z.discriminatedUnion('type', [inspectCommand, checkCommand]);
export type LandingParentMessage = z.infer<typeof landingParentMessage>;

const problem = z.object({
  column: z.string().optional(),
  message: z.string(),
  line: z.number().int().optional(),
});

export const landingChildMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('inspected'),
    columns: columns.optional(),
    rows: z.array(z.array(z.unknown())).optional(),
    rowCount: z.number().int().nonnegative().optional(),
    problem: problem.optional(),
  }),
  z.object({ type: z.literal('checked'), problems: z.array(problem) }),
  z.object({ type: z.literal('failed'), failure: wireFailure }),
]);
export type LandingChildMessage = z.infer<typeof landingChildMessage>;
