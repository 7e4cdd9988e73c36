import { NotFoundError } from '@rat/domain';
import type { Database } from '../db/database.ts';

/** A runner process, as it announces itself. */
export interface RunnerAnnouncement {
  id: string;
  host: string;
  pid: number;
  slots: number;
  door: RunnerDoor;
  version: string;
  /** Which pools' runs it executes. */
  pools: readonly string[];
  /** How closely it confines the processes that execute SQL: its own word for it; '' says nothing. */
  sandbox?: string;
}

/** Where a runner answers for the data, and what shows that a question comes from one of us. */
export interface RunnerDoor {
  url: string;
  key: string;
}

/** A live runner, and what it is doing. */
export interface LiveRunner extends Omit<RunnerAnnouncement, 'door' | 'sandbox'> {
  startedAt: Date;
  heartbeatAt: Date;
  draining: boolean;
  runs: { id: string; attempt: number; namespace: string; layer: string; pipeline: string }[];
}

/** A runner that has not been heard of for this long is not counted as live. */
export const RUNNER_LIVE_MS = 15_000;

/** Registers a runner that starts. One that had its id before is gone, and so is what was asked of that one. */
export async function registerRunner(db: Database, runner: RunnerAnnouncement): Promise<void> {
  await db.pool.query({ ...REGISTER, values: describe(runner) });
}

/** The heartbeat: says that the runner lives, and answers whether it is asked to drain. */
export async function announceRunner(
  db: Database,
  runner: RunnerAnnouncement,
): Promise<{ draining: boolean }> {
  const values = describe(runner);
  const answer = await db.pool.query<{ draining: boolean }>({ ...ANNOUNCE, values });
  return { draining: answer.rows[0]?.draining ?? false };
}

function describe(runner: RunnerAnnouncement): unknown[] {
  const { id, host, pid, slots, version, pools, door, sandbox = '' } = runner;
  return [id, host, pid, slots, version, JSON.stringify(pools), door.url, door.key, sandbox];
}

/** Says that the runner is gone; also forgets those that died without a word an hour ago. */
export async function forgetRunner(db: Database, id: string): Promise<void> {
  await db.pool.query(
    `DELETE FROM runners WHERE id = $1 OR heartbeat_at < now() - interval '1 hour'`,
    [id],
  );
}

/** Runners that take tickets: live ones that do not drain. */
export async function countLiveRunners(db: Database): Promise<number> {
  const answer = await db.pool.query<{ live: number }>(
    `SELECT count(*) AS live FROM runners
     WHERE heartbeat_at > now() - $1 * interval '1 ms' AND drain_requested_at IS NULL`,
    [RUNNER_LIVE_MS],
  );
  return answer.rows[0]?.live ?? 0;
}

/** The different sandboxes that live runners announce. */
export async function listSandboxes(db: Database): Promise<string[]> {
  const answer = await db.pool.query<{ sandbox: string }>(
    `SELECT DISTINCT sandbox FROM runners WHERE heartbeat_at > now() - $1 * interval '1 ms'`,
    [RUNNER_LIVE_MS],
  );
  return answer.rows.map(({ sandbox }) => sandbox);
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

/** Live runners by id, at most a thousand. */
export async function listRunners(db: Database): Promise<LiveRunner[]> {
  const answer = await db.pool.query<RunnerRow>({ ...LIST, values: [RUNNER_LIVE_MS] });
  return answer.rows.map((row) => ({
    id: row.id,
    host: row.host,
    pid: row.pid,
    slots: row.slots,
    version: row.version,
    pools: row.pools,
    startedAt: row.started_at,
    heartbeatAt: row.heartbeat_at,
    draining: row.draining,
    runs: row.runs,
  }));
}

/** Asks a live runner to finish what it has and to stop; its next heartbeat hears it. Throws NotFoundError. */
export async function requestDrain(db: Database, id: string): Promise<void> {
  const answer = await db.pool.query({ ...DRAIN, values: [id, RUNNER_LIVE_MS] });
  if (answer.rowCount === 0) throw new NotFoundError('runner not found');
}

interface RunnerRow {
  id: string;
  host: string;
  pid: number;
  slots: number;
  version: string;
  pools: string[];
  started_at: Date;
  heartbeat_at: Date;
  draining: boolean;
  runs: LiveRunner['runs'];
}

const INSERT = `INSERT INTO runners (id, host, pid, slots, version, pools, door_url, door_key, sandbox,
      started_at, heartbeat_at) VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, now(), now())`;

const REGISTER = {
  name: 'register-runner',
  text: `${INSERT}
    ON CONFLICT (id) DO UPDATE SET host = $2, pid = $3, slots = $4, version = $5, pools = $6::jsonb,
      door_url = $7, door_key = $8, sandbox = $9, started_at = now(), heartbeat_at = now(), drain_requested_at = NULL`,
};

const ANNOUNCE = {
  name: 'announce-runner',
  text: `${INSERT}
    ON CONFLICT (id) DO UPDATE SET heartbeat_at = now()
    RETURNING drain_requested_at IS NOT NULL AS draining`,
};

/** Running runs are few; their own index finds them. */
const LIST = {
  name: 'list-runners',
  text: `SELECT r.id, r.host, r.pid, r.slots, r.version, r.pools, r.started_at, r.heartbeat_at,
      r.drain_requested_at IS NOT NULL AS draining, coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'attempt', x.attempt,
        'namespace', x.namespace, 'layer', x.layer, 'pipeline', x.pipeline) ORDER BY x.started_at, x.id)
        FILTER (WHERE x.id IS NOT NULL), '[]') AS runs
    FROM runners r LEFT JOIN runs x ON x.runner_id = r.id AND x.status = 'running'
    WHERE r.heartbeat_at > now() - $1 * interval '1 ms'
    GROUP BY r.id ORDER BY r.id LIMIT 1000`,
};

const DRAIN = {
  name: 'drain-runner',
  text: `UPDATE runners SET drain_requested_at = coalesce(drain_requested_at, now())
    WHERE id = $1 AND heartbeat_at > now() - $2 * interval '1 ms'`,
};
