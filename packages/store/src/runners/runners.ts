import { NotFoundError } from '@rat/domain';
import type { Database } from '../db/database.ts';

/** A runner process, as it registers itself. */
export interface RunnerAnnouncement {
  id: string;
  host: string;
  pid: number;
  slots: number;
  endpoint: RunnerEndpoint;
  version: string;
  /** The pools whose runs it executes. */
  pools: readonly string[];
  /** The name of the sandbox that confines the processes which execute SQL; empty without one. */
  sandbox?: string;
}

/** The address of a runner’s API, and the key that every request to it must carry. */
export interface RunnerEndpoint {
  url: string;
  key: string;
}

/** A live runner and its running runs. */
export interface LiveRunner extends Omit<RunnerAnnouncement, 'endpoint' | 'sandbox'> {
  startedAt: Date;
  heartbeatAt: Date;
  draining: boolean;
  runs: { id: string; attempt: number; namespace: string; layer: string; pipeline: string }[];
}

/** A runner whose last heartbeat is older than this does not count as live. */
export const RUNNER_LIVE_MS = 15_000;

/**
 * Registers a runner that starts. An earlier process with the same id is gone: its drain request is
 * cleared.
 */
export async function registerRunner(db: Database, runner: RunnerAnnouncement): Promise<void> {
  await db.pool.query({ ...REGISTER, values: toValues(runner) });
}

/** The heartbeat: marks the runner as live, and returns whether it was requested to drain. */
export async function announceRunner(
  db: Database,
  runner: RunnerAnnouncement,
): Promise<{ draining: boolean }> {
  const values = toValues(runner);
  const answer = await db.pool.query<{ draining: boolean }>({ ...ANNOUNCE, values });
  return { draining: answer.rows[0]?.draining ?? false };
}

function toValues(runner: RunnerAnnouncement): unknown[] {
  const { id, host, pid, slots, version, pools, endpoint, sandbox = '' } = runner;
  return [
    id,
    host,
    pid,
    slots,
    version,
    JSON.stringify(pools),
    endpoint.url,
    endpoint.key,
    sandbox,
  ];
}

/** Removes a runner that stops, and all runners without a heartbeat for an hour. */
export async function forgetRunner(db: Database, id: string): Promise<void> {
  await db.pool.query(
    `DELETE FROM runners WHERE id = $1 OR heartbeat_at < now() - interval '1 hour'`,
    [id],
  );
}

/** Counts the runners that take tickets: live ones that do not drain. */
export async function countLiveRunners(db: Database): Promise<number> {
  const answer = await db.pool.query<{ live: number }>(
    `SELECT count(*) AS live FROM runners
     WHERE heartbeat_at > now() - $1 * interval '1 ms' AND drain_requested_at IS NULL`,
    [RUNNER_LIVE_MS],
  );
  return answer.rows[0]?.live ?? 0;
}

/** The distinct sandboxes of the live runners. */
export async function listSandboxes(db: Database): Promise<string[]> {
  const answer = await db.pool.query<{ sandbox: string }>(
    `SELECT DISTINCT sandbox FROM runners WHERE heartbeat_at > now() - $1 * interval '1 ms'`,
    [RUNNER_LIVE_MS],
  );
  return answer.rows.map(({ sandbox }) => sandbox);
}

/** The API endpoints of all live runners, in random order, so that runners share the requests. */
export async function listRunnerEndpoints(db: Database): Promise<RunnerEndpoint[]> {
  const answer = await db.pool.query<RunnerEndpoint>({ ...LIST_DOORS, values: [RUNNER_LIVE_MS] });
  return answer.rows;
}

const LIST_DOORS = {
  name: 'list-runner-endpoints',
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

/**
 * Requests a live runner to finish its runs and stop. The runner reads the request with its next
 * heartbeat. Throws NotFoundError.
 */
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

const INSERT = `INSERT INTO runners (
      id,
      host,
      pid,
      slots,
      version,
      pools,
      door_url,
      door_key,
      sandbox,
      started_at,
      heartbeat_at
    )
    VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, now(), now())`;

const REGISTER = {
  name: 'register-runner',
  text: `${INSERT}
    ON CONFLICT (id) DO UPDATE SET
      host = $2,
      pid = $3,
      slots = $4,
      version = $5,
      pools = $6::jsonb,
      door_url = $7,
      door_key = $8,
      sandbox = $9,
      started_at = now(),
      heartbeat_at = now(),
      drain_requested_at = NULL`,
};

const ANNOUNCE = {
  name: 'announce-runner',
  text: `${INSERT}
    ON CONFLICT (id) DO UPDATE SET heartbeat_at = now()
    RETURNING drain_requested_at IS NOT NULL AS draining`,
};

/** Joins the running runs only: they are few, and a partial index finds them. */
const LIST = {
  name: 'list-runners',
  text: `SELECT
      r.id,
      r.host,
      r.pid,
      r.slots,
      r.version,
      r.pools,
      r.started_at,
      r.heartbeat_at,
      r.drain_requested_at IS NOT NULL AS draining,
      coalesce(
        jsonb_agg(
          jsonb_build_object(
            'id', x.id,
            'attempt', x.attempt,
            'namespace', x.namespace,
            'layer', x.layer,
            'pipeline', x.pipeline
          )
          ORDER BY x.started_at, x.id
        ) FILTER (WHERE x.id IS NOT NULL),
        '[]'
      ) AS runs
    FROM runners r LEFT JOIN runs x ON x.runner_id = r.id AND x.status = 'running'
    WHERE r.heartbeat_at > now() - $1 * interval '1 ms'
    GROUP BY r.id ORDER BY r.id LIMIT 1000`,
};

const DRAIN = {
  name: 'drain-runner',
  text: `UPDATE runners SET drain_requested_at = coalesce(drain_requested_at, now())
    WHERE id = $1 AND heartbeat_at > now() - $2 * interval '1 ms'`,
};
