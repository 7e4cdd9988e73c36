import { descend, type Ancestry, type FiringCause } from '@rat/domain';
import type { Prisma } from '../generated/client.ts';

/** The place of a firing with these causes in the chain of firings. */
export async function findAncestry(
  tx: Prisma.TransactionClient,
  causes: readonly FiringCause[],
): Promise<Ancestry> {
  const runIds = causes.flatMap((cause) =>
    (cause.kind === 'run' || cause.kind === 'table') && cause.run_id !== null ? [cause.run_id] : [],
  );
  if (runIds.length === 0) return descend([]);
  const rows = await tx.$queryRawUnsafe<
    { source_id: string; depth: number; ancestors: string[] | null }[]
  >(FIND_PARENTS, runIds);
  return descend(
    rows.map(({ source_id, depth, ancestors }) => ({
      sourceId: source_id,
      depth,
      ancestors: ancestors ?? [],
    })),
  );
}

/** A run that no trigger made begins a chain. */
const FIND_PARENTS = `SELECT f.source_id::text, f.depth, f.ancestors::text[] AS ancestors
  FROM runs r JOIN firings f ON f.id = r.firing_id
  WHERE r.id = ANY ($1::uuid[]) AND f.source_kind = 'trigger'`;
