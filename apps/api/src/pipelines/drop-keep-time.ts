import { getSystemRetention } from '@rat/store';
import type { RunnerDeps } from '../runner-client/with-runner.ts';

const DAY_MS = 86_400_000;

/** How long a table that is dropped now can be restored: as people chose, or else `keepMs`. */
export async function dropKeepTime({
  db,
  keepMs,
}: Pick<RunnerDeps, 'db'> & { keepMs: number }): Promise<number> {
  const { soft_delete_purge_days: days } = (await getSystemRetention(db)).choice;
  return days === undefined ? keepMs : days * DAY_MS;
}
