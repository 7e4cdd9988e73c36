import type { QuotaUse } from '@rat/domain';
import type { Prisma } from '../generated/client.ts';
import { countRuns } from './quotas.ts';

/**
 * A number of this product, so that its advisory locks do not meet those of others on the same database. Two namespaces
 * with the same hash wait for each other, and nothing else.
 */
const QUOTA_LOCKS = 1_380_013_905;

/** SQL that takes the lock of a namespace's quota until the transaction ends. Take it after a lock on a pipeline, never before. */
export const lockQuota = (namespace: string): string =>
  `pg_advisory_xact_lock(${QUOTA_LOCKS}, hashtext(${namespace}))::text`;

/**
 * The quota of runs in line when it leaves no place for one more; undefined when there is one. The lock makes the runs of a
 * namespace with a quota be inserted one after the other. A namespace without a quota takes no lock.
 */
export async function findFullLine(
  tx: Prisma.TransactionClient,
  namespace: string,
): Promise<QuotaUse | undefined> {
  const [locked] = await tx.$queryRawUnsafe<{ most: number }[]>(LOCK, namespace);
  if (locked === undefined) return undefined;
  // A statement of its own, which sees the runs that were inserted while the lock was waited for.
  const [counted] = await tx.$queryRawUnsafe<{ used: bigint }[]>(COUNT, namespace);
  const used = Number(counted?.used ?? 0);
  if (used < locked.most) return undefined;
  return { namespace, quota: 'runs_in_line', limit: locked.most, used, freeAt: undefined };
}

/** SQL for whether one more run of a row of `namespaces` may run. It counts nothing without a quota. */
export const hasRunningPlace = (row: string): string => `(
    ${row}.max_runs_running IS NULL
    OR ${countRuns(`${row}.name`, 'running')} < ${row}.max_runs_running
  )`;

const LOCK = `SELECT max_runs_in_line AS most, ${lockQuota('name')} AS locked
  FROM namespaces WHERE name = $1 AND max_runs_in_line IS NOT NULL`;

const COUNT = `SELECT ${countRuns('$1', 'pending')} AS used`;
