import {
  ConflictError,
  NotFoundError,
  type NodeState,
  type ParamValues,
  type PlannedNode,
} from '@rat/domain';
import { createRunId } from '../db/create-run-id.ts';
import { withTransaction, type Database, type Queryable } from '../db/database.ts';
import { askClient, makeOnce, type IdempotencyKey, type Made } from '../db/idempotency.ts';
import { storableText } from '../db/storable.ts';

/** A group that runs several pipelines, each after those whose tables it reads. */
export interface RunGroup {
  id: string;
  /** `namespace.layer.name` of the pipeline that was asked for. */
  root: string;
  createdAt: Date;
  /** When its last run had ended; undefined while some wait or run. */
  endedAt: Date | undefined;
  cancelledAt: Date | undefined;
  nodes: { address: string; needs: string[]; state: NodeState; runId: string | undefined }[];
}

/**
 * Stores a group without runs; `advanceGroups` creates them. `params` are those of the root. Throws
 * NotFoundError when one of the pipelines has gone.
 *
 * @example
 * const { made } = await createRunGroup(db, { root, nodes, params });
 * await advanceGroups(db, { limit: 1, id: made.id });
 */
export async function createRunGroup(
  db: Database,
  {
    root,
    nodes,
    params,
    requestedBy,
    idempotency,
  }: {
    root: string;
    nodes: readonly PlannedNode[];
    params?: ParamValues | undefined;
    requestedBy?: string | undefined;
    idempotency?: IdempotencyKey | undefined;
  },
): Promise<Made<{ id: string }>> {
  const id = createRunId();
  const insert = async (client: Queryable) => {
    await client.query(
      'INSERT INTO run_groups (id, root, params, requested_by) VALUES ($1, $2, $3, $4)',
      [
        id,
        root,
        params === undefined ? null : JSON.stringify(params),
        requestedBy === undefined ? null : storableText(requestedBy),
      ],
    );
    const inserted = await client.query(INSERT_NODES, [id, JSON.stringify(nodes)]);
    if (inserted.rowCount !== nodes.length) {
      throw new NotFoundError(
        'one of the pipelines has no published version, or was deleted meanwhile',
      );
    }
    return { id };
  };
  return withTransaction(db.pool, (client) =>
    makeOnce(askClient(client), idempotency, () => insert(client)),
  );
}

const INSERT_NODES = `WITH planned AS (
    SELECT given.needs, p.id, p.namespace || '.' || p.layer || '.' || p.name AS address
    FROM jsonb_to_recordset($2::jsonb) AS given (address text, needs jsonb)
      JOIN pipelines p
        ON p.namespace = split_part(given.address, '.', 1)
          AND p.layer = split_part(given.address, '.', 2)
          AND p.name = split_part(given.address, '.', 3)
    WHERE p.deleted_at IS NULL AND p.current_version > 0
  )
  INSERT INTO group_nodes (group_id, pipeline_id, needs)
  SELECT $1, one.id, ARRAY(
    SELECT other.id FROM planned other WHERE one.needs ? other.address
  )
  FROM planned one`;

/** The group with its pipelines, by address; throws NotFoundError. */
export async function getRunGroup(db: Database, id: string): Promise<RunGroup> {
  const answer = await db.pool.query<{
    root: string;
    created_at: Date;
    ended_at: Date | null;
    cancelled_at: Date | null;
    nodes: { address: string; needs: string[]; state: NodeState; run_id: string | null }[];
  }>({ ...GET, values: [id] });
  const row = answer.rows[0];
  if (row === undefined) throw new NotFoundError('run group not found');
  return {
    id,
    root: row.root,
    createdAt: row.created_at,
    endedAt: row.ended_at ?? undefined,
    cancelledAt: row.cancelled_at ?? undefined,
    nodes: row.nodes.map(({ run_id: runId, ...node }) => ({ ...node, runId: runId ?? undefined })),
  };
}

/** A run that has just ended counts at once, also before a turn has seen it. */
const GET = {
  name: 'get-run-group',
  text: `SELECT g.root, g.created_at, g.ended_at, g.cancelled_at, (
      SELECT jsonb_agg(jsonb_build_object(
        'address', p.namespace || '.' || p.layer || '.' || p.name,
        'state', CASE
          WHEN n.state = 'running' AND r.status NOT IN ('pending', 'running') THEN r.status
          ELSE n.state
        END,
        'run_id', n.run_id,
        'needs', ARRAY(
          SELECT q.namespace || '.' || q.layer || '.' || q.name FROM pipelines q
          WHERE q.id = ANY (n.needs) ORDER BY 1
        )
      ) ORDER BY p.namespace, p.layer, p.name)
      FROM group_nodes n
        JOIN pipelines p ON p.id = n.pipeline_id
        LEFT JOIN runs r ON r.id = n.run_id
      WHERE n.group_id = g.id
    ) AS nodes
    FROM run_groups g WHERE g.id = $1`,
};

/** The namespaces of a group's pipelines; none when there is no such group. */
export async function findGroupNamespaces(db: Database, id: string): Promise<string[]> {
  const answer = await db.pool.query<{ namespace: string }>(
    `SELECT DISTINCT p.namespace FROM group_nodes n JOIN pipelines p ON p.id = n.pipeline_id
     WHERE n.group_id::text = $1`,
    [id.toLowerCase()],
  );
  return answer.rows.map(({ namespace }) => namespace);
}

/**
 * Ends a group: pipelines that wait get no run any more. Returns the runs that have not ended, for the
 * caller to cancel. Throws NotFoundError.
 */
export async function cancelRunGroup(
  db: Database,
  id: string,
): Promise<{ runId: string; pipelineId: string }[]> {
  return withTransaction(db.pool, async (client) => {
    const group = await client.query(
      `UPDATE run_groups SET
         cancelled_at = CASE WHEN ended_at IS NULL THEN coalesce(cancelled_at, now()) ELSE cancelled_at END,
         is_due = ended_at IS NULL,
         look_after = now()
       WHERE id = $1`,
      [id],
    );
    if (group.rowCount !== 1) throw new NotFoundError('run group not found');
    await client.query(
      `UPDATE group_nodes SET state = 'cancelled' WHERE group_id = $1 AND state = 'waiting'`,
      [id],
    );
    const active = await client.query<{ run_id: string; pipeline_id: string }>(
      `SELECT n.run_id, n.pipeline_id FROM group_nodes n JOIN runs r ON r.id = n.run_id
       WHERE n.group_id = $1 AND r.status IN ('pending', 'running') ORDER BY r.created_at, r.id`,
      [id],
    );
    return active.rows.map((row) => ({ runId: row.run_id, pipelineId: row.pipeline_id }));
  });
}

/**
 * Lets the pipelines of an ended group that did not succeed wait again; those that succeeded stay.
 * Throws NotFoundError, and ConflictError when the group has not ended, or nothing of it is left to do.
 */
export async function retryRunGroup(
  db: Database,
  id: string,
  idempotency?: IdempotencyKey,
): Promise<Made<{ id: string }>> {
  return withTransaction(db.pool, (client) =>
    makeOnce(askClient(client), idempotency, async () => {
      await letWaitAgain(client, id);
      return { id };
    }),
  );
}

async function letWaitAgain(client: Queryable, id: string): Promise<void> {
  const found = await client.query<{ ended_at: Date | null }>(
    'SELECT ended_at FROM run_groups WHERE id = $1 FOR UPDATE',
    [id],
  );
  const [group] = found.rows;
  if (group === undefined) throw new NotFoundError('run group not found');
  if (group.ended_at === null) throw new ConflictError('the group has not ended: cancel it first');
  const again = await client.query(
    `UPDATE group_nodes SET state = 'waiting', run_id = NULL
       WHERE group_id = $1 AND state <> 'success'`,
    [id],
  );
  if (again.rowCount === 0) throw new ConflictError('every pipeline of the group has succeeded');
  await client.query(
    `UPDATE run_groups SET ended_at = NULL, cancelled_at = NULL, is_due = true, look_after = now()
       WHERE id = $1`,
    [id],
  );
}

/** Deletes groups that ended more than `days` ago, at most `limit`. */
export async function forgetOldGroups(
  db: Database,
  { days, limit }: { days: number; limit: number },
): Promise<void> {
  await db.pool.query(
    `DELETE FROM run_groups WHERE id IN (
       SELECT id FROM run_groups WHERE ended_at < now() - make_interval(days => $1) LIMIT $2
     )`,
    [days, limit],
  );
}
