import type { NextState } from '@rat/lakehouse';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';

/** Old metadata files that the table's log no longer names. One that stays is found by maintenance. */
export async function deleteExpiredMetadata(
  deps: Pick<AttemptDeps, 'tables' | 'log'>,
  next: NextState,
): Promise<void> {
  const removals = next.expiredMetadataUris.map((uri) => deps.tables.remove(uri));
  const failed = (await Promise.allSettled(removals)).find((one) => one.status === 'rejected');
  if (failed !== undefined) deps.log.warn({ err: failed.reason }, 'old metadata not removed');
}
