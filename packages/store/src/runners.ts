import type { Database } from './database.ts';

/** A runner process, as it announces itself. */
export interface RunnerAnnouncement {
  id: string;
  host: string;
  pid: number;
  slots: number;
  door: RunnerDoor;
}

/** Where a runner answers for the data, and what shows that a question comes from one of us. */
export interface RunnerDoor {
  url: string;
  key: string;
}

/** A runner that has not been heard of for this long is not counted as live. */
export const RUNNER_LIVE_MS = 15_000;

/** Says that the runner lives; the first call registers it. */
export async function announceRunner(db: Database, runner: RunnerAnnouncement): Promise<void> {
  const { id, host, pid, slots, door } = runner;
  await db.pool.query({ ...ANNOUNCE, values: [id, host, pid, slots, door.url, door.key] });
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

/** The doors of all live runners, in an order that is another one each time, so that they share the work. */
export async function listDoors(db: Database): Promise<RunnerDoor[]> {
  const answer = await db.pool.query<RunnerDoor>({ ...LIST_DOORS, values: [RUNNER_LIVE_MS] });
  return answer.rows;
}

const LIST_DOORS = {
  name: 'list-doors',
  text: `SELECT door_url AS url, door_key AS key FROM runners
    WHERE heartbeat_at > now() - $1 * interval '1 ms' AND door_url IS NOT NULL ORDER BY random()`,
};

/** A runner that is restarted under its old name has another door. */
const ANNOUNCE = {
  name: 'announce-runner',
  text: `INSERT INTO runners (id, host, pid, slots, door_url, door_key, started_at, heartbeat_at)
    VALUES ($1, $2, $3, $4, $5, $6, now(), now())
    ON CONFLICT (id) DO UPDATE SET heartbeat_at = now(), door_url = excluded.door_url, door_key = excluded.door_key`,
};
