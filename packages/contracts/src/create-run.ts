import { z } from 'zod';

const text = z.string({ error: 'must be a string' }).nullish();

/**
 * The body of POST /runs as it arrives: null counts as absent, unknown fields are ignored. Which values are allowed,
 * and what is said of those that are not, is the route's to decide: the contract fixes the order of its checks.
 */
export const createRunBody = z.object({
  namespace: text,
  layer: text,
  pipeline: text,
  /** Who or what asked for the run; `manual` when nobody says. */
  trigger: text,
  /** Whether the run replaces the whole table, whatever its strategy. */
  full_refresh: z.boolean({ error: 'must be true or false' }).nullish(),
});
export type CreateRunBody = z.infer<typeof createRunBody>;
