import type { ListRunsQuery, RunList } from '@rat/contracts';
import { RUN_STATUSES, type RunSortField } from '@rat/domain';
import { listRuns, type RunQuery } from '@rat/store';
import type { RunDeps } from './run-deps.ts';
import { handleOperation, type Confined, type HandledOperation } from '../http/operation.ts';
import { presentRun } from './present-run.ts';
import { namesNothing } from '../http/names-nothing.ts';

const NOTHING: RunList = { runs: [], total: 0, next_cursor: null };

/** GET /api/v1/runs: a page of runs, filtered and sorted. */
export function listRunsRoute(deps: RunDeps): HandledOperation<'listRuns'> {
  return handleOperation('listRuns', async (_req, res, { query }) => {
    if (matchesNone(query)) {
      res.json(NOTHING);
      return;
    }
    const page = await listRuns(deps.db, toRunQuery(query));
    const answer: RunList = {
      runs: page.runs.map(presentRun),
      total: page.total,
      next_cursor: page.nextCursor ?? null,
    };
    res.json(answer);
  });
}

/** No run matches a name that is not a slug, and Postgres cannot even read some of these texts. */
function matchesNone(query: Confined<ListRunsQuery>): boolean {
  if ([query.namespace, query.pipeline].some(namesNothing)) return true;
  return [query.trigger, query.pool, query.runner, query.q].some((text) => text?.includes('\0'));
}

function toRunQuery(query: Confined<ListRunsQuery>): RunQuery {
  const { failure_code: failureCode, group_id: groupId, pipeline_version: pipelineVersion } = query;
  const { started_after: after, started_before: before } = query;
  return {
    ...query,
    ...sortOf(query),
    status: toStatusFilter(query.status),
    failureCode,
    groupId,
    pipelineVersion,
    from: query.from ?? after,
    to: query.to ?? before,
  };
}

/** Every status is no filter at all; a single one is the filter that indexes serve best. */
function toStatusFilter(statuses: ListRunsQuery['status']): RunQuery['status'] {
  if (statuses === undefined || statuses.length === RUN_STATUSES.length) return undefined;
  return statuses.length === 1 ? statuses[0] : statuses;
}

/** `-field` also means descending order, which is the default. */
function sortOf(query: Confined<ListRunsQuery>): Pick<RunQuery, 'sort' | 'order'> {
  const sort = query.sort?.replace('-', '') ?? 'created_at';
  // The schema allows only `field` and `-field`.
  return { sort: sort as RunSortField, order: query.order ?? 'desc' };
}
