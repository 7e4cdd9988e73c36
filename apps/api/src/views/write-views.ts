import {
  changeSavedView,
  createSavedView,
  deleteSavedView,
  getSavedView,
  viewTag,
} from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { idempotencyOf, showMade } from '../http/idempotency.ts';
import { parsePrecondition, setTag } from '../http/precondition.ts';
import { parseViewId } from './parse-view-id.ts';
import { presentView } from './present-view.ts';
import type { ViewDeps } from './view-deps.ts';
import { viewUserOf } from './view-user.ts';

/** POST /api/v1/views: 201 with the view. */
export function createViewRoute(deps: ViewDeps): HandledOperation<'createView'> {
  const { db } = deps;
  return handleOperation('createView', async (req, res, { body }) => {
    const user = viewUserOf(req);
    const request = { operation: 'create view', owner: user.name, ...body };
    const idempotency = idempotencyOf(req, deps, request);
    const { made, isReplayed } = await createSavedView(db, user, body, idempotency);
    const view = await showMade(res, isReplayed, getSavedView(db, user, made.id));
    res.status(201).location(`/api/v1/views/${view.id}`).json(presentView(view, user));
  });
}

/** PUT /api/v1/views/{id}: changes the fields that the body has. */
export function putViewRoute({ db }: ViewDeps): HandledOperation<'putView'> {
  return handleOperation('putView', async (req, res, { body }) => {
    const user = viewUserOf(req);
    const id = parseViewId(req.params.id);
    const view = await changeSavedView(db, user, id, body, parsePrecondition(req));
    setTag(res, viewTag(view));
    res.json(presentView(view, user));
  });
}

/** DELETE /api/v1/views/{id}. */
export function deleteViewRoute({ db }: ViewDeps): HandledOperation<'deleteView'> {
  return handleOperation('deleteView', async (req, res) => {
    await deleteSavedView(db, viewUserOf(req), parseViewId(req.params.id));
    res.status(204).end();
  });
}
