import { z } from 'zod';
import { wireFailure } from './executor-ipc.ts';

/*
 * The messages between a runner and the process that compacts the files of one table. The process ends after it.
 *
 *   parent → compact        child → compacted, once a group, in order
 *                           child → done | failed
 */

/** Paths are absolute; schema, partition spec and files are those of the table format. */
export const compactCommand = z.object({
  type: z.literal('compact'),
  schema: z.unknown(),
  spec: z.unknown(),
  groups: z.array(z.object({ partition: z.unknown(), files: z.array(z.unknown()) })),
  stagingDir: z.string(),
  tempDir: z.string(),
  targetFileMb: z.number().int().positive(),
  memoryLimitMb: z.number().int().positive(),
  tempLimitMb: z.number().int().positive(),
  threads: z.number().int().positive(),
});
export type CompactCommand = z.infer<typeof compactCommand>;

export const compactChildMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('compacted'), files: z.array(z.unknown()) }),
  z.object({ type: z.literal('done') }),
  z.object({ type: z.literal('failed'), failure: wireFailure }),
]);
export type CompactChildMessage = z.infer<typeof compactChildMessage>;
