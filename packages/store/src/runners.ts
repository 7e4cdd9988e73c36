import type { Database } from './database.ts';

/** A runner process, as it announces itself. */
export interface RunnerAnnouncement {
  id: string;
  host: string;
  pid: number;
  slots: number;
}

/** A runner that has not been heard of for this long is not counted as live. */
export const RUNNER_LIVE_MS = 15_000;

/** Says that the runner lives; the first call registers it. */
export async function announceRunner(db: Database, runner: RunnerAnnouncement): Promise<void> {
  await db.pool.query({ ...ANNOUNCE, values: [runner.id, runner.host, runner.pid, runner.slots] });
}

/** Says that the runner is gone; also forgets those that died without a word an hour ago. */
export async function forgetRunner(db: Database, id: string): Promise<void> {
  await db.pool.query(
    `DELETE FROM runners WHERE id = $1 OR heartbeat_at < now() - interval '1 hour'`,
    [id],
  );
}

export async function countLiveRunners(db: Database): Promise<number> {
  const answer = await db.pool.query<{ live: number }>(
    `SELECT count(*) AS live FROM runners WHERE heartbeat_at > now() - $1 * interval '1 ms'`,
    [RUNNER_LIVE_MS],
  );
  return answer.rows[0]?.live ?? 0;
}

const ANNOUNCE = {
  name: 'announce-runner',
  text: `INSERT INTO runners (id, host, pid, slots, started_at, heartbeat_at) VALUES ($1, $2, $3, $4, now(), now())
    ON CONFLICT (id) DO UPDATE SET heartbeat_at = now()`,
};
