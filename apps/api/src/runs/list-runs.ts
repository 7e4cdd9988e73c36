import type { ListRunsQuery, RunList } from '@rat/contracts';
import { isSlug, type RunSortField } from '@rat/domain';
import { listRuns, type RunQuery } from '@rat/store';
import type { RunDeps } from './run-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { presentRun } from './present-run.ts';

const NOTHING: RunList = { runs: [], total: 0, next_cursor: null };

/** GET /api/v1/runs: a page of runs, filtered and sorted. */
export function listRunsRoute(deps: RunDeps): HandledOperation<'listRuns'> {
  return handleOperation('listRuns', async (_req, res, { query }) => {
    // No run matches a name that is not a slug, and Postgres cannot even read some of these texts.
    if (![query.namespace, query.pipeline].every((name) => name === undefined || isSlug(name))) {
      res.json(NOTHING);
      return;
    }
    const page = await listRuns(deps.db, { ...query, ...sortOf(query) });
    const answer: RunList = {
      runs: page.runs.map(presentRun),
      total: page.total,
      next_cursor: page.nextCursor ?? null,
    };
    res.json(answer);
  });
}

/** `-field` also means descending order, which is the default. */
function sortOf(query: ListRunsQuery): Pick<RunQuery, 'sort' | 'order'> {
  const sort = query.sort?.replace('-', '') ?? 'created_at';
  // The schema allows only `field` and `-field`.
  return { sort: sort as RunSortField, order: query.order ?? 'desc' };
}
