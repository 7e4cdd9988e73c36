import { z } from 'zod';

const count = z.number().int().nonnegative();
const rows = z.array(z.array(z.unknown()));

/** What the table would gain, lose and change, by the merge strategy of the pipeline. */
export const previewDifference = z
  .object({
    strategy: z.string(),
    /** The columns that tell rows apart; none where whole rows are compared. */
    keys: z.array(z.string()),
    gained: count,
    lost: count,
    /** null where whole rows are compared: a changed row is then a lost and a gained one. */
    changed: count.nullable(),
    columns_added: z.array(z.string()),
    columns_removed: z.array(z.string()),
    /** The columns of the samples: those that the table has before and after. */
    columns: z.array(z.string()),
    /** At most ten rows each. */
    samples: z.object({
      gained: rows,
      lost: rows,
      changed: z.array(z.object({ before: z.array(z.unknown()), after: z.array(z.unknown()) })),
    }),
  })
  .meta({ id: 'PreviewDifference' });
