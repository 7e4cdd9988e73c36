import type { Database } from '../db/database.ts';
import { RUNNER_LIVE_MS } from './runners.ts';

/**
 * The names of pools in use, sorted, at most thirty: pools that a live runner serves, that a
 * pipeline names, or in which a run is pending.
 */
export async function listPoolNames(db: Database): Promise<string[]> {
  const answer = await db.pool.query<{ pool: string }>({ ...LIST, values: [RUNNER_LIVE_MS] });
  return answer.rows.map(({ pool }) => pool);
}

/**
 * Includes the pools of pending runs: a run stays in the pool of its pinned version, which the
 * current version may have left.
 */
const LIST = {
  name: 'list-pools',
  text: `SELECT pool FROM (
      SELECT jsonb_array_elements_text(pools) AS pool
      FROM runners
      WHERE heartbeat_at > now() - $1 * interval '1 ms'
      UNION
      SELECT v.config->>'pool' FROM pipelines p
        JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.current_version
        WHERE p.deleted_at IS NULL AND v.config ? 'pool'
      UNION
      SELECT pool FROM runs WHERE status = 'pending') named
    ORDER BY pool LIMIT 30`,
};

/** Pool → its runs that wait without a ticket, because their pipeline is at its concurrency limit. */
export async function countTicketless(db: Database): Promise<Map<string, number>> {
  const answer = await db.pool.query<{ pool: string; runs: string }>(COUNT_TICKETLESS);
  return new Map(answer.rows.map(({ pool, runs }) => [pool, Number(runs)]));
}

const COUNT_TICKETLESS = {
  name: 'count-ticketless',
  text: `SELECT pool, count(*) AS runs FROM runs
    WHERE status = 'pending' AND enqueued_at IS NULL
    GROUP BY pool`,
};
