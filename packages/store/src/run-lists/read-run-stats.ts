import { RUN_STATUSES, type RunStatus } from '@rat/domain';
import type { Database } from '../db/database.ts';
import type { RunQuery } from './run-query.ts';
import { countSources, type RunFilter } from './split-time.ts';

/** The runs to count, and the width of a point. */
export interface RunStatsQuery extends Pick<RunQuery, 'namespace' | 'layer' | 'pipeline'> {
  bucket: StatsBucket;
  /** The first instant of the first point; runs created at it are counted. */
  from: Date;
  /** Runs created from here on are not counted. */
  to: Date;
}

export type StatsBucket = 'hour' | 'day';

/** The runs that were created in one hour or day of UTC, by the status that they have now. */
export interface RunStatsPoint {
  at: Date;
  runs: Record<RunStatus, number>;
}

export interface RunStats {
  /** Oldest first, without gaps. */
  points: RunStatsPoint[];
  /** All runs that have not ended, whenever they were created. */
  now: { pending: number; running: number };
}

const WIDTH_MS: Record<StatsBucket, number> = { hour: 3_600_000, day: 86_400_000 };

/** The start of the hour or day in which an instant is, in UTC. */
export function startOfBucket(at: Date, bucket: StatsBucket): Date {
  return new Date(Math.floor(at.getTime() / WIDTH_MS[bucket]) * WIDTH_MS[bucket]);
}

/**
 * Counts runs by time and status, from the same counts as the totals of lists: the cost grows with
 * the number of points and not with that of the runs.
 *
 * @example
 * const { points, now } = await readRunStats(db, { bucket: 'hour', from, to, namespace: 'sales' });
 * const failed = points.reduce((sum, point) => sum + point.runs.failed, 0);
 */
export async function readRunStats(db: Database, query: RunStatsQuery): Promise<RunStats> {
  const { namespace, layer, pipeline, bucket, from, to } = query;
  const names = { namespace, layer, pipeline };
  const [counted, unfinished] = await Promise.all([
    // `from` of a filter excludes its own instant.
    countByStatus(db, { ...names, from: new Date(from.getTime() - 1), to }, bucket),
    countByStatus(db, { ...names, status: ['pending', 'running'] }, 'all'),
  ]);
  const byStart = new Map<number, RunStatsPoint>();
  let at = startOfBucket(from, bucket).getTime();
  for (; at < to.getTime(); at += WIDTH_MS[bucket]) {
    byStart.set(at, { at: new Date(at), runs: noRuns() });
  }
  for (const { since, status, runs } of counted) {
    const point = byStart.get(since.getTime());
    if (point !== undefined) point.runs[status] += runs;
  }
  const now = { pending: 0, running: 0 };
  for (const { status, runs } of unfinished) {
    if (status === 'pending' || status === 'running') now[status] += runs;
  }
  return { points: [...byStart.values()], now };
}

function noRuns(): Record<RunStatus, number> {
  const none = RUN_STATUSES.map((status) => [status, 0] as const);
  return Object.fromEntries(none) as Record<RunStatus, number>;
}

interface CountedRow {
  since: Date;
  status: RunStatus;
  runs: number;
}

/** One statement, so one snapshot: a change that is folded meanwhile is counted once. */
async function countByStatus(
  db: Database,
  filter: RunFilter,
  grain: StatsBucket | 'all',
): Promise<CountedRow[]> {
  const values: unknown[] = [];
  const sources = countSources(filter, grain, (value) => `$${values.push(value)}`);
  const parts = sources.map(({ table, time, amount, where }) => {
    const since =
      grain === 'all' ? `timestamptz 'epoch'` : `date_trunc('${grain}', ${time}, 'UTC')`;
    return `SELECT ${since} AS since, status, ${amount} AS runs FROM ${table} WHERE ${where}`;
  });
  const answer = await db.pool.query<CountedRow>(
    `SELECT since, status, sum(runs)::bigint AS runs
     FROM (${parts.join(' UNION ALL ')}) counted GROUP BY since, status`,
    values,
  );
  return answer.rows;
}
