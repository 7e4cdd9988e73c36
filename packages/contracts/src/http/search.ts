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
      created_at: timestamp,
    }),
  ])
  .meta({ id: 'SearchResult' });

export const searchAnswer = z
  .object({
    /** The closest match first. */
    results: z.array(searchResult),
    /** Whether more things match than `limit`. */
    truncated: z.boolean(),
  })
  .meta({ id: 'SearchResults' });
export type SearchAnswer = z.infer<typeof searchAnswer>;
