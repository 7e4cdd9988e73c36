import type { Prisma } from '../generated/client.ts';

/** The trigger does nothing until something changes. `hasNews`: some inputs wait for the others. */
export async function rest(
  tx: Prisma.TransactionClient,
  id: string,
  { hasNews }: { hasNews: boolean },
): Promise<void> {
  await tx.$executeRawUnsafe(REST, id, hasNews);
}

const REST = `UPDATE triggers SET
    fire_at = NULL,
    first_change_at = CASE WHEN $2::boolean THEN first_change_at END,
    last_change_at = CASE WHEN $2::boolean THEN last_change_at END
  WHERE id = $1::uuid`;

/** The trigger decides again at a time. */
export async function keepWaiting(
  tx: Prisma.TransactionClient,
  id: string,
  until: Date,
): Promise<void> {
  await tx.$executeRawUnsafe(
    `UPDATE triggers SET fire_at = $2::timestamptz WHERE id = $1::uuid`,
    id,
    until.toISOString(),
  );
}

/** The trigger has decided about what had changed. `hasMore`: there are further news of their own. */
export async function saveFired(
  tx: Prisma.TransactionClient,
  id: string,
  { now, hasMore }: { now: Date; hasMore: boolean },
): Promise<void> {
  await tx.$executeRawUnsafe(SAVE_FIRED, id, now.toISOString(), hasMore);
}

const SAVE_FIRED = `UPDATE triggers SET
    last_fired_at = greatest(last_fired_at, $2::timestamptz),
    fire_at = CASE WHEN $3::boolean THEN $2::timestamptz END,
    first_change_at = CASE WHEN $3::boolean THEN $2::timestamptz END,
    last_change_at = CASE WHEN $3::boolean THEN $2::timestamptz END
  WHERE id = $1::uuid`;
