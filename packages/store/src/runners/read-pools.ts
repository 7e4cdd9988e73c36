import type { Database } from '../db/database.ts';
import { RUNNER_LIVE_MS } from './runners.ts';

/** What the runners of a pool can do, and what waits for them. */
interface PoolState {
  name: string;
  /** Live runners that take its runs. */
  runners: number;
  /** Live runners that take no more. */
  draining: number;
  /** Of the runners that take its runs. */
  slots: number;
  slotsUsed: number;
  /** Its pending runs. */
  waiting: number;
  /** When the oldest of them was made. */
  oldestWaitingSince: Date | undefined;
  /** A run waits for it or a pipeline names it, and no live runner takes its runs. */
  isUnserved: boolean;
}

/** The pools that a live runner serves, that a pipeline names, or that a run waits for: by name, at most a thousand. */
export async function readPools(db: Database): Promise<PoolState[]> {
  const answer = await db.pool.query<PoolRow>({ ...READ, values: [RUNNER_LIVE_MS] });
  return answer.rows.map(({ slots_used: slotsUsed, oldest, is_wanted: isWanted, ...row }) => ({
    ...row,
    slotsUsed,
    oldestWaitingSince: oldest ?? undefined,
    isUnserved: isWanted && row.runners === 0,
  }));
}

interface PoolRow extends Pick<PoolState, 'name' | 'runners' | 'draining' | 'slots' | 'waiting'> {
  slots_used: number;
  oldest: Date | null;
  is_wanted: boolean;
}

/** One statement, so a run is either waiting or in a slot. A pipeline without a pool names the pool `default`. */
const READ = {
  name: 'read-pools',
  text: `WITH live AS (
      SELECT
        r.pools,
        r.slots,
        r.drain_requested_at IS NOT NULL AS is_draining,
        (SELECT count(*) FROM runs x WHERE x.runner_id = r.id AND x.status = 'running') AS used
      FROM runners r
      WHERE r.heartbeat_at > now() - $1 * interval '1 ms'),
    served AS (
      SELECT
        name,
        count(*) FILTER (WHERE NOT is_draining) AS runners,
        count(*) FILTER (WHERE is_draining) AS draining,
        sum(slots) FILTER (WHERE NOT is_draining) AS slots,
        sum(used) FILTER (WHERE NOT is_draining) AS slots_used
      FROM live CROSS JOIN jsonb_array_elements_text(pools) AS name
      GROUP BY name),
    wanted AS (
      SELECT pool AS name, count(*) AS waiting, min(created_at) AS oldest
      FROM runs WHERE status = 'pending' GROUP BY pool),
    named AS (
      SELECT DISTINCT coalesce(v.config->>'pool', 'default') AS name
      FROM pipelines p
        JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.current_version
      WHERE p.deleted_at IS NULL)
    SELECT
      name,
      coalesce(s.runners, 0)::int AS runners,
      coalesce(s.draining, 0)::int AS draining,
      coalesce(s.slots, 0)::int AS slots,
      coalesce(s.slots_used, 0)::int AS slots_used,
      coalesce(w.waiting, 0)::int AS waiting,
      w.oldest,
      w.waiting IS NOT NULL OR n.name IS NOT NULL AS is_wanted
    FROM served s FULL JOIN wanted w USING (name) FULL JOIN named n USING (name)
    ORDER BY name LIMIT 1000`,
};
