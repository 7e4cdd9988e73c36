import { RUN_DISPOSITIONS } from '@rat/domain';
import { z } from 'zod';
import { layer, timestamp } from '../common.ts';
import { runStatus } from './run.ts';

const address = { namespace: z.string(), layer, name: z.string() };

/** One thing that a search found. */
export const searchResult = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('namespace'), namespace: z.string() }),
    z.object({ kind: z.literal('pipeline'), ...address }),
    z.object({ kind: z.literal('table'), ...address }),
    z.object({
      kind: z.literal('run'),
      ...address,
      id: z.uuid(),
      status: runStatus,
      /** What became of its rows; null where its status is enough. */
      disposition: z.enum(RUN_DISPOSITIONS).nullable(),
      created_at: timestamp,
    }),
    z.object({ kind: z.literal('column'), ...address, column: z.string() }),
    /** A file that waits. Its `name` may have folders. */
    z.object({
      kind: z.literal('landing_file'),
      namespace: z.string(),
      zone: z.string(),
      name: z.string(),
    }),
  ])
  .meta({ id: 'SearchResult' });

export const searchAnswer = z
  .object({
    /** The closest match first. */
    results: z.array(searchResult),
    /** Whether more things match than `limit`. */
    truncated: z.boolean(),
    /**
     * Whether every column and every landing file was looked at. A runner does that; it looks at 1,000
     * tables and 50,000 files, and has 3 s.
     */
    complete: z.boolean(),
  })
  .meta({ id: 'SearchResults' });
export type SearchAnswer = z.infer<typeof searchAnswer>;
