import {
  advanceGroup,
  formatRef,
  parseRef,
  type GroupNode,
  type NodeState,
  type ParamValues,
  type PipelineRef,
  type RunStatus,
} from '@rat/domain';
import type { Database } from '../db/database.ts';
import type { Prisma } from '../generated/client.ts';
import { toCreated, type CreatedRun } from '../runs/create-run.ts';
import { findFullLine } from '../namespaces/line-quota.ts';
import { insertRuns } from '../runs/insert-runs.ts';
import type { RunRequest } from '../runs/run-request.ts';

type StartedRun = Extract<CreatedRun, { kind: 'created' }>;

/** What a turn did. */
interface GroupTurn {
  /** To be announced. */
  runs: StartedRun[];
  /** Groups that could not be advanced; the next turn tries again. */
  failed: { id: string; error: unknown }[];
}

/**
 * Creates the runs whose needs have succeeded, of at most `limit` groups, or of the one group `id`. Any
 * number of processes may call it: each group is advanced under the lock of its row, and a pipeline
 * gets its run in the transaction that marks it as running. So a run is created once, also when a process dies.
 * The caller announces the runs.
 */
export async function advanceGroups(
  db: Database,
  { limit, id }: { limit: number; id?: string },
): Promise<GroupTurn> {
  const due = await db.pool.query<{ id: string }>({ ...FIND_DUE, values: [limit, id ?? null] });
  const turn: GroupTurn = { runs: [], failed: [] };
  for (const group of due.rows) {
    // One group that cannot be advanced must not hold up those behind it.
    await db.prisma
      .$transaction((tx) => advanceOne(tx, group.id), TRANSACTION)
      .then((runs) => turn.runs.push(...runs))
      .catch(async (error: unknown) => {
        turn.failed.push({ id: group.id, error });
        await db.pool.query(PUT_BACK, [group.id]);
      });
  }
  return turn;
}

const TRANSACTION = { maxWait: 10_000, timeout: 15_000 };

/** A group without a place for its runs looks again after this time, and one that failed is last. */
const WAIT = `interval '2 seconds'`;

const PUT_BACK = `UPDATE run_groups SET look_after = now() + ${WAIT} WHERE id = $1::uuid`;

/** New groups, and those with a run that has ended since; most turns end here. */
const FIND_DUE = {
  name: 'find-due-groups',
  text: `SELECT g.id FROM run_groups g
    WHERE g.ended_at IS NULL AND ($2::uuid IS NULL OR g.id = $2) AND (
      (g.is_due AND (g.look_after <= now() OR g.id = $2)) OR EXISTS (
        SELECT 1 FROM group_nodes n LEFT JOIN runs r ON r.id = n.run_id
        WHERE n.group_id = g.id
          AND n.state = 'running'
          AND (r.id IS NULL OR r.status IN ('success', 'failed', 'cancelled'))
      )
    )
    ORDER BY g.look_after, g.id LIMIT $1`,
};

/** What the runs of a group get of it. */
interface GroupFacts {
  root: string;
  params: ParamValues | null;
  requested_by: string | null;
}

interface NodeRow {
  pipeline_id: string;
  address: string;
  is_published: boolean;
  needs: string[];
  state: NodeState;
  status: RunStatus | null;
}

async function advanceOne(tx: Prisma.TransactionClient, id: string): Promise<StartedRun[]> {
  // A process that is stopped by a signal in here loses the group after this time.
  await tx.$executeRawUnsafe(`SET LOCAL idle_in_transaction_session_timeout = '5s'`);
  const [group] = await tx.$queryRawUnsafe<GroupFacts[]>(
    `SELECT root, params, requested_by FROM run_groups
     WHERE id = $1::uuid AND ended_at IS NULL FOR UPDATE SKIP LOCKED`,
    id,
  );
  if (group === undefined) return [];
  const rows = await tx.$queryRawUnsafe<NodeRow[]>(READ_NODES, id);
  const nodes = rows.map((row): GroupNode => ({
    pipelineId: row.pipeline_id,
    needs: row.needs,
    state: row.state,
    run: row.status ?? undefined,
  }));
  const { start, states, isOver } = advanceGroup(nodes);
  const started: StartedRun[] = [];
  const changes = new Map<string, { state: NodeState; run_id?: string }>(
    [...states].map(([pipelineId, state]) => [pipelineId, { state }]),
  );
  let isDue = false;
  let isWaiting = false;
  for (const pipelineId of start) {
    const row = rows.find((one) => one.pipeline_id === pipelineId);
    const pipeline = row && parseRef(row.address, '');
    if (row === undefined || pipeline === undefined) throw new Error('a node has a pipeline');
    const run = row.is_published ? await insertRun(tx, id, pipeline, group) : 'gone';
    if (run === 'gone') changes.set(pipelineId, { state: 'failed' });
    // It still waits for a place.
    else if (run === 'line_full') {
      changes.delete(pipelineId);
      isWaiting = true;
    } else {
      started.push(run);
      changes.set(pipelineId, { state: 'running', run_id: run.id });
    }
    // The next turn blocks what needs a pipeline that has gone, and looks for a place again.
    if (typeof run === 'string') isDue = true;
  }
  const saved = [...changes].map(([pipeline_id, change]) => ({ pipeline_id, ...change }));
  await tx.$executeRawUnsafe(SAVE_NODES, id, JSON.stringify(saved));
  await tx.$executeRawUnsafe(
    `UPDATE run_groups SET
       is_due = $2,
       look_after = CASE WHEN $4 THEN now() + ${WAIT} ELSE now() END,
       ended_at = CASE WHEN $3 THEN now() END
     WHERE id = $1::uuid`,
    id,
    isDue,
    isOver,
    isWaiting,
  );
  return started;
}

const READ_NODES = `SELECT
    n.pipeline_id::text,
    p.namespace || '.' || p.layer || '.' || p.name AS address,
    p.deleted_at IS NULL AND p.current_version > 0 AS is_published,
    n.needs::text[],
    n.state,
    r.status
  FROM group_nodes n
    JOIN pipelines p ON p.id = n.pipeline_id
    LEFT JOIN runs r ON r.id = n.run_id
  WHERE n.group_id = $1::uuid
  ORDER BY p.namespace, p.layer, p.name`;

const SAVE_NODES = `UPDATE group_nodes n
  SET state = change.state, run_id = coalesce(change.run_id, n.run_id)
  FROM jsonb_to_recordset($2::jsonb) AS change (pipeline_id uuid, state text, run_id uuid)
  WHERE n.group_id = $1::uuid AND n.pipeline_id = change.pipeline_id`;

/**
 * Under any `on_conflict`: a group that skipped a run would wait for it for ever. `gone`: the pipeline was
 * deleted, or has no version any more. `line_full`: its namespace has as many runs in line as it may.
 */
async function insertRun(
  tx: Prisma.TransactionClient,
  groupId: string,
  pipeline: PipelineRef,
  { root, params, requested_by: by }: GroupFacts,
): Promise<StartedRun | 'gone' | 'line_full'> {
  const request: RunRequest = {
    pipeline,
    trigger: { kind: 'api', label: `group:${groupId}` },
    params: formatRef(pipeline) === root ? (params ?? undefined) : undefined,
    requestedBy: by ?? undefined,
    groupId,
  };
  const [tried] = await insertRuns(tx, [{ request, isWithinLimit: true }]);
  if (tried === undefined) return 'gone';
  if (tried.isInserted) return toCreated(tried, request);
  if ((await findFullLine(tx, pipeline.namespace)) !== undefined) return 'line_full';
  const [row] = await insertRuns(tx, [{ request, isWithinLimit: true, hasPlace: true }]);
  return row?.isInserted === true ? toCreated(row, request) : 'gone';
}
