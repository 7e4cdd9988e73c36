import type { ViewList } from '@rat/contracts';
import { getSavedView, listSavedViews, viewTag } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { setTag } from '../http/precondition.ts';
import { parseViewId } from './parse-view-id.ts';
import { presentView } from './present-view.ts';
import type { ViewDeps } from './view-deps.ts';
import { viewUserOf } from './view-user.ts';

/** GET /api/v1/views: a page of the views that the caller sees, by name. */
export function listViewsRoute({ db }: ViewDeps): HandledOperation<'listViews'> {
  return handleOperation('listViews', async (req, res, { query }) => {
    const user = viewUserOf(req);
    const { views, total } = await listSavedViews(db, user, query);
    const answer: ViewList = { views: views.map((view) => presentView(view, user)), total };
    res.json(answer);
  });
}

/** GET /api/v1/views/{id}: one view. */
export function getViewRoute({ db }: ViewDeps): HandledOperation<'getView'> {
  return handleOperation('getView', async (req, res) => {
    const user = viewUserOf(req);
    const view = await getSavedView(db, user, parseViewId(req.params.id));
    setTag(res, viewTag(view));
    res.json(presentView(view, user));
  });
}
