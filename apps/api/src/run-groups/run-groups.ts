import type { RunGroupAnswer, RunGroupCreated, RunGroupPlan } from '@rat/contracts';
import { advanceRunGroupsOnce } from '@rat/dispatch';
import {
  formatRef,
  NotFoundError,
  planGroup,
  UnprocessableError,
  type GroupScope,
  type PipelineRef,
  type PlannedNode,
} from '@rat/domain';
import {
  cancelRunGroup,
  createRunGroup,
  findMade,
  findUnreadChanges,
  getRunGroup,
  retryRunGroup,
  type RunGroup,
} from '@rat/store';
import type { Response } from 'express';
import { confinedTo } from '../http/caller.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseRequestedBy } from '../http/requested-by.ts';
import { findStaleAbove, readGraph } from '../lineage/read-graph.ts';
import type { LineageDeps } from '../lineage/lineage-deps.ts';
import { cancelMany } from '../runs/cancel-many.ts';
import { idempotencyOf, showMade } from '../http/idempotency.ts';
import { refuseWrongParams } from '../runs/refuse-wrong-params.ts';
import type { RunDeps } from '../runs/run-deps.ts';

export type RunGroupDeps = RunDeps & LineageDeps;

/** More pipelines are more than anyone means to run at once. */
const NODES_MAX = 500;

/** POST /api/v1/run-groups: 202 as soon as the group is stored, with the runs that need nothing. */
export function createRunGroupRoute(deps: RunGroupDeps): HandledOperation<'createRunGroup'> {
  return handleOperation('createRunGroup', async (req, res, { body }) => {
    const { namespace, layer, pipeline: name, params, dry_run: isDry, ...scope } = body;
    const pipeline = { namespace, layer, name };
    const request = { operation: 'create run group', ...body };
    const idempotency = isDry ? undefined : idempotencyOf(req, deps, request);
    const earlier = await findMade<{ id: string }>(deps.db, idempotency);
    if (earlier !== undefined) {
      sendCreated(res, await showMade(res, true, getRunGroup(deps.db, earlier.made.id)));
      return;
    }
    await refuseWrongParams(deps.db, pipeline, params ?? {});
    const requestedBy = parseRequestedBy(req);
    const root = formatRef(pipeline);
    const nodes = await plan(deps, pipeline, scope, confinedTo(req));
    const shown: RunGroupPlan = {
      nodes: nodes.map(({ address, needs }) => ({ pipeline: address, needs })),
    };
    if (isDry) {
      res.json(shown);
      return;
    }
    const asked = { root, nodes, params, requestedBy, idempotency };
    const { made, isReplayed } = await createRunGroup(deps.db, asked);
    const group = await showMade(res, isReplayed, getRunGroup(deps.db, made.id));
    await start(deps, made.id);
    sendCreated(res, isReplayed ? group : { id: made.id, nodes });
  });
}

/** Answers 202 with the plan of a group that is stored. */
function sendCreated(res: Response, { id, nodes }: Pick<RunGroup, 'id'> & GroupPlan): void {
  const plan = nodes.map(({ address, needs }) => ({ pipeline: address, needs: [...needs] }));
  const answer: RunGroupCreated = { group_id: id, nodes: plan };
  res.status(202).location(`/api/v1/run-groups/${id}`).json(answer);
}

interface GroupPlan {
  nodes: readonly { address: string; needs: readonly string[] }[];
}

/** GET /api/v1/run-groups/{id}. */
export function getRunGroupRoute({ db }: RunGroupDeps): HandledOperation<'getRunGroup'> {
  return handleOperation('getRunGroup', async (req, res) => {
    res.json(present(await getRunGroup(db, parseGroupId(req.params.id))));
  });
}

/** POST /api/v1/run-groups/{id}/cancel: 200 once every run of the group has ended. */
export function cancelRunGroupRoute(deps: RunGroupDeps): HandledOperation<'cancelRunGroup'> {
  return handleOperation('cancelRunGroup', async (req, res) => {
    const id = parseGroupId(req.params.id);
    const active = await cancelRunGroup(deps.db, id);
    await cancelMany(deps, active, { reason: 'its group was cancelled' }, () => undefined);
    await start(deps, id);
    res.json(present(await getRunGroup(deps.db, id)));
  });
}

/** POST /api/v1/run-groups/{id}/retry. */
export function retryRunGroupRoute(deps: RunGroupDeps): HandledOperation<'retryRunGroup'> {
  return handleOperation('retryRunGroup', async (req, res) => {
    const id = parseGroupId(req.params.id);
    const idempotency = idempotencyOf(req, deps, { operation: 'retry run group', group_id: id });
    const { isReplayed } = await retryRunGroup(deps.db, id, idempotency);
    await start(deps, id);
    res.status(202).json(present(await showMade(res, isReplayed, getRunGroup(deps.db, id))));
  });
}

/** The database compares ids as such; text that is none names no group. */
function parseGroupId(id: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return id.toLowerCase();
  throw new NotFoundError('run group not found');
}

/** Does at once what a turn of any process would do a moment later. */
async function start(deps: RunGroupDeps, id: string): Promise<void> {
  await advanceRunGroupsOnce(deps, { limit: 1, id });
}

async function plan(
  deps: RunGroupDeps,
  pipeline: PipelineRef,
  scope: GroupScope,
  own: readonly string[] | undefined,
): Promise<PlannedNode[]> {
  const graph = await readGraph(deps, own);
  const stale =
    scope.upstream === 'stale'
      ? await findStaleAbove(graph, pipeline, (reads) => findUnreadChanges(deps.db, reads))
      : new Set<string>();
  const { nodes, loop } = planGroup(graph, formatRef(pipeline), scope, stale);
  if (loop.length > 0) {
    throw new UnprocessableError(
      `the group could never run: ${loop.join(', ')} read each other`,
      [],
    );
  }
  if (nodes.length > NODES_MAX) {
    const message = `the group would have ${nodes.length} pipelines, and at most ${NODES_MAX} are allowed`;
    throw new UnprocessableError(message, []);
  }
  return nodes;
}

function present(group: RunGroup): RunGroupAnswer {
  return {
    id: group.id,
    pipeline: group.root,
    status: statusOf(group),
    created_at: group.createdAt.toISOString(),
    ended_at: group.endedAt?.toISOString() ?? null,
    nodes: group.nodes.map(({ address, needs, state, runId }) => ({
      pipeline: address,
      needs,
      state,
      run_id: runId ?? null,
    })),
  };
}

function statusOf({ endedAt, cancelledAt, nodes }: RunGroup): RunGroupAnswer['status'] {
  if (endedAt === undefined) return 'running';
  if (nodes.every(({ state }) => state === 'success')) return 'success';
  return cancelledAt === undefined ? 'failed' : 'cancelled';
}
