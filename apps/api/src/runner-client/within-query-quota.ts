import { QuotaError } from '@rat/domain';
import { coerceError } from '@rat/runtime';
import { findQueryQuota, spendQueryTime } from '@rat/store';
import type { RunnerDeps } from './with-runner.ts';

/**
 * Does work that counts as a query of the namespace, if its quota of query seconds has some left. The time of the work is
 * added to the use when it ends or fails: a query that began in time is not broken off, so the use may exceed the quota by
 * the queries that run at the end. The default namespace pays for one that does not exist. Throws QuotaError. Without a quota, nothing is counted.
 *
 * @example
 * const answer = await withinQueryQuota(deps, 'sales', () => call(deps, 'diff-table', asked, signal));
 */
export async function withinQueryQuota<T>(
  { db, log }: Pick<RunnerDeps, 'db' | 'log'>,
  namespace: string,
  work: () => Promise<T>,
): Promise<T> {
  const quota = await findQueryQuota(db, namespace);
  if (quota === undefined) return work();
  if (quota.used >= quota.limit) throw new QuotaError(quota, new Date());
  const began = performance.now();
  try {
    return await work();
  } finally {
    await spendQueryTime(db, quota.namespace, performance.now() - began).catch((error: unknown) => {
      log.warn({ err: coerceError(error), namespace }, 'query time not counted');
    });
  }
}
