import { formatRef, type Layer } from '@rat/domain';
import { withTransaction, type Database } from '../db/database.ts';
import { hasRunningPlace, lockQuota } from '../namespaces/line-quota.ts';

/** A pending run that may start and whose ticket is missing or may be lost. */
export interface DueTicket {
  runId: string;
  /** The attempt that the ticket starts. */
  attempt: number;
  priority: number;
  pool: string;
  /** `namespace.layer.name` */
  pipeline: string;
  trigger: string;
}

/**
 * How many tickets one freed slot takes at most. A slot allows one run to start; more are due only
 * after tickets were lost, and rescue finds those too.
 */
const NEXT_AT_ONCE = 20;

/**
 * Takes the runs of one pipeline that may start now and have no ticket, because a claim turned them
 * away. Call it after the commit that freed a slot of the pipeline, or a place in its line, by the
 * run `runId`. It takes the lock of the claim: a claim that is turning a run away at this moment
 * commits first, so its run is not missed.
 */
export async function takeNextTickets(db: Database, runId: string): Promise<DueTicket[]> {
  return withTransaction(db.pool, async (client) => {
    const [, , , due, ofQuota] = await Promise.all([
      // A crash may lose this mark; then the run is enqueued once more.
      client.query('SET LOCAL synchronous_commit TO off'),
      client.query({ ...LOCK_LINE, values: [runId] }),
      client.query({ ...LOCK_RUNNING, values: [runId] }),
      client.query<DueRow>({ ...TAKE_NEXT, values: [runId, NEXT_AT_ONCE] }),
      client.query<DueRow>({ ...TAKE_NEXT_OF_QUOTA, values: [runId, NEXT_AT_ONCE] }),
    ]);
    return [...due.rows, ...ofQuota.rows].map(toTicket);
  });
}

/**
 * Takes pending runs that may start and were enqueued more than `olderThanMs` ago, or never, at
 * most `limit`: the heads of the lines, however long these are. Marks them as enqueued now, so that
 * replicas share the work. Enqueueing a ticket that is still in the queue changes nothing.
 */
export async function takeOverdueTickets(
  db: Database,
  query: { olderThanMs: number; limit: number },
): Promise<DueTicket[]> {
  const answer = await db.pool.query<DueRow>({
    ...TAKE_OVERDUE,
    values: [query.olderThanMs, query.limit],
  });
  return answer.rows.map(toTicket);
}

interface DueRow {
  id: string;
  attempt: number;
  priority: number;
  pool: string;
  namespace: string;
  layer: Layer;
  pipeline: string;
  trigger: string;
}

function toTicket(row: DueRow): DueTicket {
  const { id: runId, priority, pool, trigger, namespace, layer } = row;
  const pipeline = formatRef({ namespace, layer, name: row.pipeline });
  return { runId, attempt: row.attempt + 1, priority, pool, pipeline, trigger };
}

const LOCK_LINE = {
  name: 'lock-line-of-run',
  text: `SELECT id FROM pipelines
    WHERE id = (SELECT pipeline_id FROM runs WHERE id = $1)
    FOR NO KEY UPDATE`,
};

/** The lock of the claims of a namespace with a quota of running runs. */
const LOCK_RUNNING = {
  name: 'lock-running-quota-of-run',
  text: `SELECT ${lockQuota('name')} FROM namespaces
    WHERE max_runs_running IS NOT NULL AND name = (SELECT namespace FROM runs WHERE id = $1)`,
};

/** SQL for the first due runs of a pipeline's line, each with its place after the running ones. */
const heads = (pipelineId: string, atMost: string): string => `
  SELECT w.*, row_number() OVER (ORDER BY w.priority DESC, w.created_at, w.id)
    + (
      SELECT count(*) FROM runs o
      WHERE o.pipeline_id = ${pipelineId} AND o.status = 'running'
    ) AS place
  FROM (
    SELECT id, priority, created_at, concurrency_limit, enqueued_at
    FROM runs
    WHERE pipeline_id = ${pipelineId}
      AND status = 'pending'
      AND (not_before IS NULL OR not_before <= now())
    ORDER BY priority DESC, created_at, id
    LIMIT ${atMost}
  ) w`;

const TAKE_NEXT = {
  name: 'take-next-tickets',
  text: `UPDATE runs SET enqueued_at = now() WHERE status = 'pending' AND id IN (
      SELECT id
      FROM (${heads('(SELECT pipeline_id FROM runs WHERE id = $1)', '$2')}) head
      WHERE place <= concurrency_limit AND enqueued_at IS NULL)
    RETURNING id, attempt, priority, pool, namespace, layer, pipeline, trigger`,
};

/**
 * The runs of other pipelines that the freed place of a namespace with a quota lets start. Also those that have a ticket by
 * their row: it may have been used up while the quota was full. A ticket too many starts nothing. A row that another transaction
 * has locked is left to rescue: that transaction may wait for the quota's lock.
 */
const TAKE_NEXT_OF_QUOTA = {
  name: 'take-next-tickets-of-quota',
  text: `UPDATE runs SET enqueued_at = now() WHERE status = 'pending' AND id IN (
      SELECT r.id
      FROM namespaces n
        JOIN pipelines p ON p.namespace = n.name
        CROSS JOIN LATERAL (${heads('p.id', '$2')}) head
        JOIN runs r ON r.id = head.id
      WHERE n.name = (SELECT namespace FROM runs WHERE id = $1)
        AND n.max_runs_running IS NOT NULL
        AND p.id <> (SELECT pipeline_id FROM runs WHERE id = $1)
        AND head.place <= head.concurrency_limit
        AND ${hasRunningPlace('n')}
      ORDER BY head.priority DESC, head.created_at, head.id
      LIMIT $2
      FOR UPDATE OF r SKIP LOCKED
    )
    RETURNING id, attempt, priority, pool, namespace, layer, pipeline, trigger`,
};

/**
 * Finds the pipelines with pending runs by a loose index scan: it jumps from one pipeline to the
 * next in the index of the line.
 */
const TAKE_OVERDUE = {
  name: 'take-overdue-tickets',
  text: `WITH RECURSIVE line AS (
      (SELECT pipeline_id FROM runs WHERE status = 'pending' ORDER BY pipeline_id LIMIT 1)
      UNION ALL
      SELECT (
        SELECT r.pipeline_id
        FROM runs r
        WHERE r.status = 'pending' AND r.pipeline_id > line.pipeline_id
        ORDER BY r.pipeline_id
        LIMIT 1
      )
      FROM line
      WHERE line.pipeline_id IS NOT NULL
    )
    UPDATE runs SET enqueued_at = now() WHERE id IN (
      SELECT r.id
      FROM runs r
        JOIN (
          SELECT head.id
          FROM line
            JOIN pipelines p ON p.id = line.pipeline_id
            JOIN namespaces n ON n.name = p.namespace
            CROSS JOIN LATERAL (${heads('line.pipeline_id', '$2')}) head
          WHERE place <= concurrency_limit
            AND ${hasRunningPlace('n')}
            AND (head.enqueued_at IS NULL OR head.enqueued_at < now() - $1 * interval '1 ms')
          ORDER BY head.enqueued_at NULLS FIRST
          LIMIT $2
        ) due ON due.id = r.id
      WHERE r.status = 'pending'
      FOR UPDATE OF r SKIP LOCKED
    )
    AND (enqueued_at IS NULL OR enqueued_at < now() - $1 * interval '1 ms')
    RETURNING id, attempt, priority, pool, namespace, layer, pipeline, trigger`,
};
