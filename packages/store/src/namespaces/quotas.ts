import { DEFAULT_NAMESPACE, type QuotaName, type QuotaUse, type Quotas } from '@rat/domain';
import type { Database } from '../db/database.ts';

/** What a namespace uses now, of each quota; query seconds and bytes are counted only while they have a quota. */
export type QuotaUses = Readonly<Record<QuotaName, number>>;

/** The use of every quota of a namespace; zeros for an unknown one. */
export async function getQuotaUses(db: Database, namespace: string): Promise<QuotaUses> {
  const answer = await db.pool.query<QuotaUses>({ ...READ_USES, values: [namespace] });
  const [row] = answer.rows;
  return row ?? { runs_in_line: 0, runs_running: 0, query_seconds: 0, upload_bytes: 0 };
}

/** SQL for the runs of a namespace that have a status. Maintenance is work of the installation. */
export const countRuns = (namespace: string, status: 'pending' | 'running'): string => `(
    SELECT count(*)
    FROM pipelines q
      JOIN runs o ON o.pipeline_id = q.id AND o.status = '${status}' AND o.kind <> 'maintenance'
    WHERE q.namespace = ${namespace}
  )`;

/** The start of the window of a quota, by the database's clock. */
const WINDOWS = {
  query_seconds: `date_trunc('hour', now(), 'UTC')`,
  upload_bytes: `date_trunc('day', now(), 'UTC')`,
};

const usedOf = (quota: keyof typeof WINDOWS, namespace: string): string => `coalesce((
    SELECT u.used
    FROM namespace_usage u
    WHERE u.namespace = ${namespace}
      AND u.quota = '${quota}'
      AND u.window_start = ${WINDOWS[quota]}
  ), 0)`;

const READ_USES = {
  name: 'read-quota-uses',
  text: `SELECT
      ${countRuns('$1', 'pending')} AS runs_in_line,
      ${countRuns('$1', 'running')} AS runs_running,
      (${usedOf('query_seconds', '$1')} / 1000.0)::float8 AS query_seconds,
      ${usedOf('upload_bytes', '$1')} AS upload_bytes`,
};

/**
 * The quota of query seconds that pays for queries in a namespace, and its use; undefined without a quota.
 * The default namespace pays for a namespace that does not exist: otherwise the queries in an invented one
 * would cost nothing.
 */
export async function findQueryQuota(
  db: Database,
  namespace: string,
): Promise<QuotaUse | undefined> {
  return findTimed(db, namespace, 'query_seconds');
}

/** The quota of uploaded bytes and its use; undefined without a quota. */
export async function findUploadQuota(
  db: Database,
  namespace: string,
): Promise<QuotaUse | undefined> {
  return findTimed(db, namespace, 'upload_bytes');
}

async function findTimed(
  db: Database,
  namespace: string,
  quota: keyof typeof WINDOWS,
): Promise<QuotaUse | undefined> {
  const answer = await db.pool.query<TimedRow>({ ...FIND[quota], values: [namespace] });
  const [row] = answer.rows;
  if (row === undefined) return undefined;
  const used = quota === 'query_seconds' ? row.used / 1_000 : row.used;
  return { namespace: row.name, quota, limit: row.most, used, freeAt: row.free_at };
}

interface TimedRow {
  name: string;
  most: number;
  used: number;
  free_at: Date;
}

const find = (quota: keyof typeof WINDOWS, payer: string, span: string): string => `SELECT
    n.name,
    n.max_${quota} AS most,
    ${usedOf(quota, 'n.name')} AS used,
    ${WINDOWS[quota]} + interval '${span}' AS free_at
  FROM namespaces n
  WHERE n.name = ${payer} AND n.max_${quota} IS NOT NULL`;

const EXISTING_OR_DEFAULT = `coalesce(
    (SELECT name FROM namespaces WHERE name = $1 AND deleted_at IS NULL),
    '${DEFAULT_NAMESPACE}'
  )`;

const FIND = {
  query_seconds: {
    name: 'find-query-quota',
    text: find('query_seconds', EXISTING_OR_DEFAULT, '1 hour'),
  },
  upload_bytes: { name: 'find-upload-quota', text: find('upload_bytes', '$1', '1 day') },
};

/** Adds the time of a query that has ended; nothing without a quota. */
export async function spendQueryTime(db: Database, namespace: string, ms: number): Promise<void> {
  await db.pool.query({ ...SPEND_QUERY_TIME, values: [namespace, Math.ceil(ms)] });
}

/** A row of an earlier hour begins anew. */
const SPEND_QUERY_TIME = {
  name: 'spend-query-time',
  text: `INSERT INTO namespace_usage AS u (namespace, quota, window_start, used)
    SELECT name, 'query_seconds', ${WINDOWS.query_seconds}, $2::bigint
    FROM namespaces
    WHERE name = $1 AND max_query_seconds IS NOT NULL
    ON CONFLICT (namespace, quota) DO UPDATE SET
      used = excluded.used + CASE WHEN u.window_start = excluded.window_start THEN u.used ELSE 0 END,
      window_start = excluded.window_start`,
};

/**
 * Takes bytes of the quota before they are received, so that uploads at the same time do not exceed it together. Returns the
 * window that they were taken of; undefined when they do not fit.
 */
export async function reserveUpload(
  db: Database,
  namespace: string,
  bytes: number,
): Promise<Date | undefined> {
  const answer = await db.pool.query<{ window_start: Date }>({
    ...RESERVE_UPLOAD,
    values: [namespace, bytes],
  });
  return answer.rows[0]?.window_start;
}

/** The row's lock serialises the reservations of a namespace; each sees the sum of the ones before. */
const RESERVE_UPLOAD = {
  name: 'reserve-upload',
  text: `INSERT INTO namespace_usage AS u (namespace, quota, window_start, used)
    SELECT name, 'upload_bytes', ${WINDOWS.upload_bytes}, $2::bigint
    FROM namespaces
    WHERE name = $1 AND max_upload_bytes >= $2::bigint
    ON CONFLICT (namespace, quota) DO UPDATE SET
      used = excluded.used + CASE WHEN u.window_start = excluded.window_start THEN u.used ELSE 0 END,
      window_start = excluded.window_start
    WHERE u.window_start < excluded.window_start
      OR u.used + excluded.used <= (SELECT max_upload_bytes FROM namespaces WHERE name = $1)
    RETURNING window_start`,
};

/** Gives back bytes that were reserved and not received; nothing once their day is over. */
export async function returnUpload(
  db: Database,
  namespace: string,
  reserved: { bytes: number; window: Date },
): Promise<void> {
  const { bytes, window } = reserved;
  await db.pool.query({ ...RETURN_UPLOAD, values: [namespace, bytes, window] });
}

const RETURN_UPLOAD = {
  name: 'return-upload',
  text: `UPDATE namespace_usage SET used = greatest(0, used - $2::bigint)
    WHERE namespace = $1 AND quota = 'upload_bytes' AND window_start = $3`,
};

/** The quotas of a row of `namespaces`. */
export function toQuotas(row: QuotaColumns): Quotas {
  return {
    runs_in_line: row.max_runs_in_line ?? undefined,
    runs_running: row.max_runs_running ?? undefined,
    query_seconds: row.max_query_seconds ?? undefined,
    upload_bytes: row.max_upload_bytes ?? undefined,
  };
}

export interface QuotaColumns {
  max_runs_in_line: number | null;
  max_runs_running: number | null;
  max_query_seconds: number | null;
  max_upload_bytes: number | null;
}
