import type { Database } from '../db/database.ts';
import { RUNNER_LIVE_MS } from './runners.ts';

/** Names of the pools that a live runner serves, or a pipeline or a run that waits asks for, sorted; at most thirty. */
export async function listPools(db: Database): Promise<string[]> {
  const answer = await db.pool.query<{ pool: string }>({ ...LIST, values: [RUNNER_LIVE_MS] });
  return answer.rows.map(({ pool }) => pool);
}

/** A run waits in the pool of the version that it was asked for with. */
const LIST = {
  name: 'list-pools',
  text: `SELECT pool FROM (
      SELECT jsonb_array_elements_text(pools) AS pool FROM runners WHERE heartbeat_at > now() - $1 * interval '1 ms'
      UNION
      SELECT v.config->>'pool' FROM pipelines p
        JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.current_version
        WHERE p.deleted_at IS NULL AND v.config ? 'pool'
      UNION
      SELECT pool FROM runs WHERE status = 'pending') named
    ORDER BY pool LIMIT 30`,
};
